import { companySearchTexts } from '../../../lib/firefish/company-search-texts.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { companyNameKey, exactCompanyName, isNoCompany } from '../../../lib/names/company-name.ts';

describe('two company names', () => {
  it.each([
    ['Harbor Works Ltd', 'Harbor Works Limited'],
    ['Harbor Works Ltd', 'harbor works LTD.'],
    ['Harbor Works, Inc.', 'Harbor Works Inc'],
    ['Harbor Works Inc', 'Harbor Works, Incorporated'],
    ['D’Arcy & Sons', "D'Arcy &amp; Sons"],
    ['D’Arcy & Sons', 'D`ARCY and Sons'],
    ['Große Werft GmbH', 'GROSSE WERFT GMBH'],
    ['Werft G.m.b.H.', 'Werft GmbH'],
    ['Acme Corp', 'ACME Corporation'],
    ['Acme Co', 'Acme Company'],
    ['Acme Co., Ltd.', 'Acme Company Limited'],
    ['Acme LLC', 'Acme, L.L.C.'],
    ['Acme PLC', 'Acme P.L.C.'],
    ['Acme LLP', 'Acme L.L.P.'],
    ['Acme Pty Ltd', 'Acme Pty Limited'],
    ['Acme Pty. Ltd.', 'ACME PTY LTD'],
    ['Acme Private Limited', 'Acme Pvt. Ltd.'],
    ['Acme BV', 'Acme B.V.'],
    ['Acme SA', 'Acme S.A.'],
    ['Acme S. A.', 'Acme SA'],
    ['Acme SpA', 'Acme S.p.A.'],
    ['Acme Srl', 'Acme S.r.l.'],
    ['Acme Sàrl', 'Acme S.à r.l.'],
    ['Acme Sp. z o.o.', 'ACME SP. Z O. O.'],
    ['Acme s.r.o.', 'Acme SRO'],
    ['Nova GmbH & Co. KG', 'Nova GmbH und Co. KG'],
    ['Acme Ltd (UK)', 'Acme Limited (UK)'],
    ['Café Noir', 'Cafe Noir'],
    ['  Smith\u00a0 &  SONS ', 'smith & sons'],
    ['BJÖRK', 'bjo\u0308rk'],
    ['Ｈａｒｂｏｒ', 'Harbor'],
    ['Har\u200bbor', 'Harbor'],
    ['İstanbul Ltd', 'istanbul limited'],
    ['"Harbor" Works', '“Harbor” Works'],
    ['Smith,Jones', 'Smith, Jones'],
  ])('are the same company: %j and %j', (a, b) => {
    expect(companyNameKey(a)).toBe(companyNameKey(b));
  });

  it.each([
    ['Harbor Works Ltd', 'Harbor Works LLP'],
    ['Harbor Works', 'Harbor Works Ltd'],
    ['Acme Co', 'Acme Co Ltd'],
    ['Sainsburys', 'Sainsbury’s'],
    ['Limited', 'Ltd Limited'],
    ['The Company Store', 'The Co Store'],
    ['バンク', 'ハンク'],
    ['Acme (UK)', 'Acme (US)'],
    ['Acme', 'Acme Group'],
  ])('are two companies: %j and %j', (a, b) => {
    expect(companyNameKey(a)).not.toBe(companyNameKey(b));
  });

  it('have keys that do not change if the key is made again, and are never empty if there is a letter', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (name) => {
        const key = companyNameKey(name);
        expect(companyNameKey(key.replaceAll('&', ' ').trim())).toBe(key);
        if (/[a-z]/i.test(name)) expect(key).not.toBe('');
      }),
      { numRuns: 500 },
    );
  });
});

describe('the company’s name that is written', () => {
  it.each([
    [" D'Arcy &amp;  Sons ", "D'Arcy & Sons"],
    ['Müller&nbsp;GmbH', 'Müller GmbH'],
    ['\u200eAcme\u0000 Ltd', 'Acme Ltd'],
  ])('%j is %j', (typed, written) => {
    expect(exactCompanyName(typed)).toBe(written);
  });
});

describe('a text that is not a company', () => {
  it.each([
    ...[
      'n/a',
      'N/A',
      '-',
      '—',
      'None',
      'none.',
      'unknown',
      'Unknown',
      'null',
      'undefined',
      '',
      '  ',
      '?',
      'TBC',
    ],
    ...['Self Employed', 'Self-Employed', 'self employed', 'SELFEMPLOYED', '(self-employed)', 'freelance'],
    ...['Freelancer', 'Free-lance', 'Sole Trader', 'Unemployed', 'Retired', 'freiberuflich', 'Selbstständig'],
    ...['Autónomo', 'Indépendant', "ZZP'er", 'Not applicable', '#N/A', '#NULL!', '[object Object]'],
    ...['Freelance / Self-employed', 'Currently unemployed', 'Stealth Startup', 'Self', 'Student'],
  ])('is %j', (name) => {
    expect(isNoCompany(name)).toBe(true);
  });

  it.each([
    'Independent',
    '3M',
    'Unknown Worlds',
    'Null Ltd',
    'NA Group',
    'None the Wiser Ltd',
    'Freelance Union',
    'Self and Unknown Ltd',
  ])('is not %j', (name) => {
    expect(isNoCompany(name)).toBe(false);
  });
});

describe('the texts by which a company is searched', () => {
  it.each([
    ['Harbor Works Limited', ['Harbor', 'h__b__%w__k', 'har']],
    ['Škoda Auto', ['Škoda', 'k_d_%__t', 'koda']],
    ['D’Arcy & Sons', ['Arcy', 'd%_rc_%s_ns', 'ar']],
    ['Große Werft GmbH', ['Große', 'w__f', 'Werft']],
    ['Zoe Company', ['Zoe', 'zo']],
    ['Bass', ['Bass', 'ba']],
    ['L.L.C. Ltd', ['L.L.C. Ltd']],
    ['３Ｍ', ['３Ｍ', '3m']],
    ['3M', ['3M', '３ｍ']],
    ['王 GmbH', ['王 GmbH']],
    ['X', ['X']],
  ])('of %j are %j', (name, texts) => {
    expect(companySearchTexts(name)).toEqual(texts);
  });

  it('are at least one and at most three, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (name) => {
        const texts = companySearchTexts(name);
        expect([1, 2, 3]).toContain(texts.length);
      }),
      { numRuns: 500 },
    );
  });
});

it('reading a company name takes linear time, whatever is sent', () => {
  const started = performance.now();
  for (const hostile of [
    '('.repeat(200_000),
    'a ('.repeat(60_000),
    ' ltd'.repeat(50_000),
    "' ".repeat(99_999),
  ]) {
    companyNameKey(hostile);
    isNoCompany(hostile);
    companySearchTexts(hostile);
  }
  expect(performance.now() - started).toBeLessThan(3_000);
});
