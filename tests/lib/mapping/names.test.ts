import { describe, expect, it } from '@jest/globals';
import { personName, splitName } from '../../../lib/mapping/names.ts';

describe('a name in one field', () => {
  it.each([
    ['Ann Smith', 'Ann', 'Smith'],
    ['Mary Anne Smith-Jones', 'Mary Anne', 'Smith-Jones'],
    ['  Wei\u00a0 taylor ', 'Wei', 'taylor'],
    ['Aisha KHAN', 'Aisha', 'KHAN'],
    ['García López, Zoë', 'Zoë', 'García López'],
    ['Ó Súilleabháin, Aisha', 'Aisha', 'Ó Súilleabháin'],
    ['Larsson, Jean Paul', 'Jean Paul', 'Larsson'],
    ['van der Berg, Chloé', 'Chloé', 'van der Berg'],
    ['Chloé van der Berg', 'Chloé', 'van der Berg'],
    ['Jean Paul de la Cruz', 'Jean Paul', 'de la Cruz'],
    ['Otto von Bismarck', 'Otto', 'von Bismarck'],
    ['Siobhán Ó Súilleabháin', 'Siobhán', 'Ó Súilleabháin'],
    ['Ewan Mac Leod', 'Ewan', 'Mac Leod'],
    ['Peter Da Silva Santos', 'Peter', 'Da Silva Santos'],
    ['Van Morrison', 'Van', 'Morrison'],
    ['Nguyen Thi Le', 'Nguyen Thi', 'Le'],
    ['John Smith III', 'John', 'Smith III'],
    ['John Smith, Jr.', 'John', 'Smith Jr.'],
    ['Ann Smith, PhD, MBA', 'Ann', 'Smith'],
    ['Smith, Ann, PhD', 'Ann', 'Smith'],
    ['Nguyen, Ba', 'Ba', 'Nguyen'],
  ])('%j is %j %j', (name, firstName, surname) => {
    expect(splitName(name)).toEqual({ firstName, surname });
  });

  it.each(['Cher', 'Cher,', '  ', '', ',', 'Smith, '])('%j says neither half', (name) => {
    expect(splitName(name)).toEqual({});
  });
});

describe('a name in several fields', () => {
  it('takes first and last name as they are typed, without stray spaces', () => {
    expect(personName({ firstName: ' ANDREW', lastName: 'Ó  Súilleabháin ' })).toEqual({
      firstName: 'ANDREW',
      surname: 'Ó Súilleabháin',
    });
  });

  it('lets the fields of their own win over the whole name', () => {
    expect(personName({ name: 'Bob Jones', firstName: 'Robert', lastName: 'Jones-Hill' })).toEqual({
      firstName: 'Robert',
      surname: 'Jones-Hill',
    });
  });

  it('says only the half that was said', () => {
    expect(personName({ lastName: 'Larsson' })).toEqual({ surname: 'Larsson' });
    expect(personName({ firstName: 'Uma', lastName: '' })).toEqual({ firstName: 'Uma' });
  });

  it.each([
    [{ name: 'Zoë García López', lastName: 'García López' }, 'Zoë', 'García López'],
    [{ name: 'ZOË GARCÍA LÓPEZ', lastName: 'García López' }, 'ZOË', 'García López'],
    [{ name: 'Zoë García López', firstName: 'Zoë' }, 'Zoë', 'García López'],
    [{ name: 'García López, Zoë', lastName: 'García López' }, 'Zoë', 'García López'],
    [{ name: 'Ann', lastName: 'Smith' }, 'Ann', 'Smith'],
    [{ name: 'Smith', firstName: 'Ann' }, 'Ann', 'Smith'],
    [{ name: 'Bob Jones', firstName: 'Robert' }, 'Robert', 'Jones'],
  ])('finds the missing half of %j in the whole name', (said, firstName, surname) => {
    expect(personName(said)).toEqual({ firstName, surname });
  });

  it('does not take the half it knows for the other one', () => {
    expect(personName({ name: 'smith', lastName: 'Smith' })).toEqual({ surname: 'Smith' });
  });

  it('never blanks a name', () => {
    expect(personName({ name: '', firstName: '', lastName: '  ' })).toEqual({});
  });
});
