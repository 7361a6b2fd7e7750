import { describe, expect, it } from '@jest/globals';
import { regionOf } from '../../../lib/mapping/country.ts';
import { formatPhone, nationalDigits, sortPhones } from '../../../lib/mapping/phones.ts';

describe('a telephone number', () => {
  it.each([
    ['07700 900448', '+44 7700 900448'],
    ['(0113) 496 0681', '+44 113 496 0681'],
    ['0044 141 496 0838', '+44 141 496 0838'],
    ['+44 (0)141 496 0838', '+44 141 496 0838'],
    ['+49 89 30562422', '+49 89 30562422'],
    ['0141 496 0838 x42', '+44 141 496 0838 x42'],
    ['+49 (0) 30 901820', '+49 30 901820'],
    ['+44 20 7946 0001 ext. 12', '+44 20 7946 0001 x12'],
    ['447700900111', '+44 7700 900111'],
    ['7700900111', '+44 7700 900111'],
    ['＋４４ ７７００ ９００１１１', '+44 7700 900111'],
    ['7700 900111', '+44 7700 900111'],
  ])('%j is written as %j', (typed, text) => {
    expect(formatPhone(typed)).toBe(text);
  });

  it('is read as a number of the country', () => {
    expect(formatPhone('089 30562422', 'Germany')).toBe('+49 89 30562422');
    expect(formatPhone('01 679 4600', 'IE')).toBe('+353 1 679 4600');
    expect(formatPhone('491711234567', 'Germany')).toBe('+49 171 1234567');
    expect(formatPhone('47 12 34 56', 'Norway')).toBe('+47 47 12 34 56');
  });

  it('is read as British if it is not valid in the country', () => {
    expect(formatPhone('07700 900448', 'Ireland')).toBe('+44 7700 900448');
    expect(formatPhone('(0113) 496 0681', 'France')).toBe('+44 113 496 0681');
  });

  it.each([
    'ext. 42',
    '089 30562422',
    '(713) 555-0123',
    '203 555 0123',
    '0141 496 0838 / 07700 900448',
    'ring 12',
  ])('%j stays as typed, because reading it would be a guess', (typed) => {
    expect(formatPhone(` ${typed} `)).toBe(typed);
  });

  it.each(['n/a', '', 'none', 'call 0 ' + 'me '.repeat(40)])('%j is dropped', (typed) => {
    expect(formatPhone(typed)).toBeUndefined();
  });
});

describe('two spellings of a number', () => {
  it.each([
    ['087 123 4567', undefined],
    ['087 123 4567', 'Ireland'],
    ['+353 87 123 4567', undefined],
    ['(0)87-1234567', undefined],
  ])('are the same number: %j (country %j)', (typed, country) => {
    expect(nationalDigits(typed, country)).toBe('871234567');
  });

  it('are two numbers if the extension differs', () => {
    expect(nationalDigits('0141 496 0838 x42')).not.toBe(nationalDigits('0141 496 0838'));
  });

  it('are not compared as numbers if they have only a few digits', () => {
    expect(nationalDigits('ext. 42')).toBeUndefined();
  });
});

describe('the numbers of a person', () => {
  it('are sorted by line: the first mobile, then other lines', () => {
    expect(sortPhones(['0141 496 0838', '07911 123456', '0113 496 0681'])).toEqual({
      mobile: '+44 7911 123456',
      others: ['+44 141 496 0838', '+44 113 496 0681'],
    });
  });

  it('have further mobiles after other lines, and unreadable numbers last', () => {
    expect(sortPhones(['ext. 42', '07911 123456', '07700 900448', '0113 496 0681'])).toEqual({
      mobile: '+44 7911 123456',
      others: ['+44 113 496 0681', '+44 7700 900448', 'ext. 42'],
    });
  });

  it('count one number in two spellings once', () => {
    expect(sortPhones(['07700 900448', '+44 7700 900448', '0044 (0)7700 900-448'])).toEqual({
      mobile: '+44 7700 900448',
      others: [],
    });
  });

  it('are separated if one text has two', () => {
    const two = { mobile: '+44 7700 900555', others: ['+44 113 496 0001'] };
    for (const between of [' / ', ' - ', '/', '; ', ', ', ' or ', ' | ', '\n']) {
      expect(sortPhones([`0113 496 0001${between}07700 900555`])).toEqual(two);
    }
    for (const text of [
      '0113 496 0001 (w) 07700 900555 (m)',
      'W: 0113 496 0001 M: 07700 900555',
      '+44 113 496 0001 +44 7700 900555',
      '01134960001 07700900555',
    ]) {
      expect(sortPhones([text])).toEqual(two);
    }
    expect(sortPhones(['0113 496 0001 ext 12, 07700 900555'])).toEqual({
      ...two,
      others: ['+44 113 496 0001 x12'],
    });
    expect(sortPhones(['030/901820'], 'Germany')).toEqual({ others: ['+49 30 901820'] });
    expect(sortPhones(['447700900555.0'])).toEqual({ mobile: '+44 7700 900555', others: [] });
    expect(sortPhones(['020 7946 0001 / 0002'])).toEqual({ others: ['020 7946 0001 / 0002'] });
  });

  it('count an American number as a fixed line, because its digits do not show a mobile', () => {
    expect(sortPhones(['+1 212 555 0123'])).toEqual({ others: ['+1 212 555 0123'] });
  });

  it('do not count British pagers and personal numbers as mobiles', () => {
    expect(sortPhones(['07600 123456', '07012 345678'])).not.toHaveProperty('mobile');
  });
});

describe('a country', () => {
  it.each([
    ['United Kingdom', 'GB'],
    ['uk', 'GB'],
    ['Scotland', 'GB'],
    ['GB', 'GB'],
    ['Deutschland', 'DE'],
    ['de', 'DE'],
    ['España', 'ES'],
    ['Ireland ', 'IE'],
    ['USA', 'US'],
  ])('%j is the region %s', (country, region) => {
    expect(regionOf(country)).toBe(region);
  });

  it('is not read from anything else', () => {
    expect(regionOf('Glasgow')).toBeUndefined();
    expect(regionOf('')).toBeUndefined();
  });
});
