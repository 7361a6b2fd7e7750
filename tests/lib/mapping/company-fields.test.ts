import { describe, expect, it } from '@jest/globals';
import { companyFields } from '../../../lib/mapping/company-fields.ts';
import { normaliseCompanyName } from '../../../lib/mapping/company-name.ts';

describe('a company’s name', () => {
  it('is one after trimming, case folding and collapsing spaces, no-break spaces too', () => {
    expect(normaliseCompanyName('  Smith\u00a0 &  SONS ')).toBe('smith & sons');
    expect(normaliseCompanyName('BJÖRK')).toBe(normaliseCompanyName('bjo\u0308rk'));
  });

  it('is another one where only the meaning is the same', () => {
    expect(normaliseCompanyName('Acme Ltd')).not.toBe(normaliseCompanyName('Acme Limited'));
    expect(normaliseCompanyName('Smith & Sons')).not.toBe(normaliseCompanyName('Smith and Sons'));
  });
});

describe('what an event says of a company', () => {
  it('is written in Firefish’s names', () => {
    expect(
      companyFields({
        id: 'co_1',
        name: ' Nova  Robotics GmbH ',
        website: 'https://nova.example/en',
        domain: 'nova.example',
        phone: '030 1234567',
        address: { line1: 'Ring 1', city: 'Berlin', postcode: '10115', country: 'Germany' },
      }),
    ).toEqual({
      Name: 'Nova Robotics GmbH',
      Phone: '+49 30 1234567',
      Website: 'https://nova.example/en',
      'Address.Address1': 'Ring 1',
      'Address.Town': 'Berlin',
      'Address.PostCode': '10115',
      'Address.Country': 'Germany',
    });
  });

  it('takes the parts of an address by Firefish’s names as well, and a street for its first line', () => {
    const parts = { Town: 'Leeds', County: 'Yorkshire', PostCode: 'LS1 1AA', Country: 'United Kingdom' };
    for (const first of [{ street: '1 High St' }, { Address1: '1 High St' }]) {
      expect(companyFields({ id: 'c', name: 'A', address: { ...first, ...parts } })).toEqual({
        ...{ Name: 'A', 'Address.Address1': '1 High St' },
        ...Object.fromEntries(Object.entries(parts).map(([part, text]) => [`Address.${part}`, text])),
      });
    }
  });

  it('names the domain where there is no website, and keeps an address in one line whole', () => {
    expect(
      companyFields({ id: 'c', name: 'A', domain: 'a.example', address: '1 High St,\nGlasgow' }),
    ).toEqual({
      Name: 'A',
      Website: 'a.example',
      'Address.Address1': '1 High St, Glasgow',
    });
  });

  it('clears what was said to be empty, and says nothing of what has no digit', () => {
    expect(companyFields({ id: 'c', name: 'A', phone: '', website: '', address: '' })).toEqual({
      Name: 'A',
      Phone: '',
      Website: '',
      'Address.Address1': '',
    });
    expect(companyFields({ id: 'c', name: 'A', phone: 'n/a' })).toEqual({ Name: 'A' });
  });
});
