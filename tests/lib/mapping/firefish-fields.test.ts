import { describe, expect, it } from '@jest/globals';
import {
  settingNames,
  toFirefishBody,
  WRITABLE_FIELDS,
  REQUIRED_FIELDS,
} from '../../../lib/mapping/firefish-fields.ts';

describe('fields in a request', () => {
  it('nest the parts of a field, and leave the rest as it is', () => {
    expect(
      toFirefishBody({
        FirstName: 'Ann',
        'Address.Town': 'Leeds',
        EmailMarketing: false,
        'Address.Country': '',
      }),
    ).toEqual({ FirstName: 'Ann', Address: { Town: 'Leeds', Country: '' }, EmailMarketing: false });
  });
});

describe('fields in settings', () => {
  it('can be named by the part or by the whole', () => {
    expect(settingNames('Address.Town')).toEqual(['Address.Town', 'Address']);
    expect(settingNames('Surname')).toEqual(['Surname']);
  });

  it.each(['candidate', 'contact'] as const)('of a %s include all fields that Firefish requires', (kind) => {
    expect(WRITABLE_FIELDS[kind]).toEqual(expect.arrayContaining([...REQUIRED_FIELDS[kind]]));
  });

  it.each(['candidate', 'contact'] as const)('of a %s never include what the candidate sees', (kind) => {
    expect(WRITABLE_FIELDS[kind]).not.toContain('CandidateSummary');
  });
});
