import { describe, expect, it } from '@jest/globals';
import { addressFromLocation, personAddress } from '../../../lib/mapping/addresses.ts';

describe('a postal address', () => {
  it('has each part that was sent, cleared ones too', () => {
    expect(personAddress({ city: 'Dublin', state: 'Leinster', postcode: 'D02 AF30', country: null })).toEqual(
      { Town: 'Dublin', County: 'Leinster', PostCode: 'D02 AF30', Country: '' },
    );
  });

  it.each([
    ['Glasgow, United Kingdom', { Town: 'Glasgow', Country: 'United Kingdom' }],
    ['Leeds, UK', { Town: 'Leeds', Country: 'UK' }],
    ['Austin, Texas, USA', { Town: 'Austin', County: 'Texas', Country: 'USA' }],
    ['London, Greater London', { Town: 'London', County: 'Greater London' }],
    ['Germany', { Country: 'Germany' }],
    ['Greater Glasgow Area', { Town: 'Greater Glasgow Area' }],
    ['Portland, OR', { Town: 'Portland', County: 'OR' }],
    ['San Francisco, CA', { Town: 'San Francisco', County: 'CA' }],
    ['Wilmington, DE', { Town: 'Wilmington', County: 'DE' }],
    ['Indianapolis, IN', { Town: 'Indianapolis', County: 'IN' }],
    ['Savannah, Georgia', { Town: 'Savannah', County: 'Georgia' }],
    ['Tbilisi, Georgia', { Town: 'Tbilisi', County: 'Georgia' }],
    ['Minna, Niger', { Town: 'Minna', County: 'Niger' }],
    ['Atlanta, Georgia, US', { Town: 'Atlanta', County: 'Georgia', Country: 'US' }],
    ['Dubai, UAE', { Town: 'Dubai', Country: 'UAE' }],
    ["Korhogo, Cote d'Ivoire", { Town: 'Korhogo', Country: 'Côte d’Ivoire' }],
    ['Monterrey, México', { Town: 'Monterrey', Country: 'México' }],
    ['Banjul, The Gambia', { Town: 'Banjul', Country: 'The Gambia' }],
    ['Arima, Trinidad and Tobago', { Town: 'Arima', Country: 'Trinidad and Tobago' }],
    ['Hanoi, Viet Nam', { Town: 'Hanoi', Country: 'Viet Nam' }],
    ['London, U.K.', { Town: 'London', Country: 'U.K.' }],
    ['Seoul, Korea', { Town: 'Seoul', Country: 'Korea' }],
    ['Berlin, Deutschland', { Town: 'Berlin', Country: 'Deutschland' }],
    ['Luxembourg, Luxembourg', { Town: 'Luxembourg', Country: 'Luxembourg' }],
    ['Leeds, GB', { Town: 'Leeds', County: 'GB' }],
    [',', {}],
    ['London, n/a, UK', { Town: 'London', Country: 'UK' }],
    ['NULL, #N/A', {}],
  ])('reads the location %j', (location, address) => {
    expect(addressFromLocation(location)).toEqual(address);
  });

  it('is cleared, as far as a location could have filled it, by an empty location', () => {
    expect(addressFromLocation(null)).toEqual({ Town: '', County: '', Country: '' });
  });

  it('uses the location only if there is no town, county or post code, and no other country', () => {
    expect(personAddress({ country: 'France', location: 'Glasgow, UK' })).toEqual({ Country: 'France' });
    expect(personAddress({ country: 'France', location: null })).toEqual({ Country: 'France' });
    expect(personAddress({ city: 'Leeds', location: 'Glasgow, UK' })).toEqual({ Town: 'Leeds' });
    expect(personAddress({ country: 'US', location: 'Houston, TX' })).toEqual({
      ...{ Town: 'Houston', County: 'TX', Country: 'US' },
    });
    expect(personAddress({ country: 'GB', location: 'Leeds, United Kingdom' })).toEqual({
      ...{ Town: 'Leeds', Country: 'GB' },
    });
    expect(personAddress({ city: null, location: 'Glasgow, UK' })).toEqual({
      Town: 'Glasgow',
      Country: 'UK',
    });
  });

  it('is not changed if nothing was sent', () => {
    expect(personAddress({})).toEqual({});
  });
});
