import { describe, expect, it } from '@jest/globals';
import { addressFromLocation, personAddress } from '../../../lib/mapping/addresses.ts';

describe('a postal address', () => {
  it('takes each part that was said, cleared ones too', () => {
    expect(personAddress({ city: ' Dublin', state: 'Leinster', postcode: 'D02  AF30', country: '' })).toEqual(
      {
        Town: 'Dublin',
        County: 'Leinster',
        PostCode: 'D02 AF30',
        Country: '',
      },
    );
  });

  it.each([
    ['Glasgow, United Kingdom', { Town: 'Glasgow', Country: 'United Kingdom' }],
    ['Leeds, UK', { Town: 'Leeds', Country: 'UK' }],
    ['Austin, Texas, USA', { Town: 'Austin', County: 'Texas', Country: 'USA' }],
    ['London, Greater London', { Town: 'London', County: 'Greater London' }],
    ['Germany', { Country: 'Germany' }],
    ['Greater Glasgow Area', { Town: 'Greater Glasgow Area' }],
    ['', { Town: '', County: '', Country: '' }],
    [',', {}],
  ])('reads the location %j', (location, address) => {
    expect(addressFromLocation(location)).toEqual(address);
  });

  it('asks the location only where no part says anything', () => {
    expect(personAddress({ country: 'France', location: 'Glasgow, UK' })).toEqual({ Country: 'France' });
    expect(personAddress({ city: '', location: 'Glasgow, UK' })).toEqual({ Town: 'Glasgow', Country: 'UK' });
  });

  it('says nothing where nothing was said', () => {
    expect(personAddress({})).toEqual({});
  });
});
