import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readName } from '../../../lib/events/reading/names.ts';

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
    ['VAN DEN BERG, KIM', 'KIM', 'VAN DEN BERG'],
    ['DALE, KIM', 'KIM', 'DALE'],
    ['Chloé van der Berg', 'Chloé', 'van der Berg'],
    ['Jean Paul de la Cruz', 'Jean Paul', 'de la Cruz'],
    ['María-José de los Ríos', 'María-José', 'de los Ríos'],
    ['Otto von Bismarck', 'Otto', 'von Bismarck'],
    ['Siobhán Ó Súilleabháin', 'Siobhán', 'Ó Súilleabháin'],
    ['Ewan Mac Leod', 'Ewan', 'Mac Leod'],
    ['Peter Da Silva Santos', 'Peter', 'Da Silva Santos'],
    ['Van Morrison', 'Van', 'Morrison'],
    ['Nguyen Thi Le', 'Nguyen Thi', 'Le'],
    ['Kim O. Dale', 'Kim O.', 'Dale'],
    ['Karim Abdul-Jabbar', 'Karim', 'Abdul-Jabbar'],
    ['Ann St. John', 'Ann', 'St. John'],
    ['Kim A.L. Dale', 'Kim A.L.', 'Dale'],
    ['محمد بن سلمان', 'محمد', 'بن سلمان'],
    ['王 伟', '王', '伟'],
  ])('%j is %j %j', (name, firstName, surname) => {
    expect(readName({ name })).toEqual({ firstName, surname });
  });

  it.each([
    ['Prof. Dr. Kim Dale', 'Prof. Dr.'],
    ['Dr. med. Kim Dale', 'Dr. med.'],
    ['Prof. Dr. rer. nat. h.c. Kim Dale', 'Prof. Dr. rer. nat. h.c.'],
    ['Mr Kim Dale', 'Mr'],
    ['Prof.Dr.Kim Dale', 'Prof. Dr.'],
    ['Mr.Kim Dale', 'Mr.'],
    ['DR Kim Dale', 'DR'],
    ['Dale, Dr. Kim', 'Dr.'],
    ['Dr.-Ing. Kim Dale', 'Dr.-Ing.'],
    ['Kim Dale, mgr inż.', 'mgr inż'],
    ['Frau Dr. Kim Dale', 'Frau Dr.'],
    ['Sr. Kim Dale', 'Sr.'],
    ['Señora Kim Dale', 'Señora'],
    ['Capt. Kim Dale', 'Capt.'],
    ['Mag. Kim Dale', 'Mag.'],
    ['Dr Kim Dale, PhD', 'Dr'],
  ])('%j has a separate title', (name, title) => {
    expect(readName({ name })).toEqual({ firstName: 'Kim', surname: 'Dale', title });
  });

  it.each([
    'Kim Dale (he/him)',
    'Kim Dale (She/Her/Hers)',
    'Kim Dale she/her',
    'Kim Dale (she',
    'Kim Dale \u2728',
    '\u{1f680} Kim \u{1f680} Dale \u{1f680}',
    'Kim Dale \u{1f469}\u{1f3fd}\u200d\u{1f4bb}',
    'Kim Dale\u2122',
    'Kim Dale, MBA, CFA\u00ae',
    'Kim Dale MBA',
    'Kim Dale, Ph.D.',
    'Kim Dale, Ph. D.',
    'Kim Dale PhD, MSc',
    'Kim Dale, ACMA, CGMA',
    'Kim Dale - CFA',
    'Kim Dale | We are hiring!',
    'Kim Dale|Recruiter',
    'Kim Dale\nRecruiter',
    'Kim\nDale\n',
    '| Kim Dale',
    'Kim Dale – We are hiring!',
    'Kim Dale / Recruiter',
    'Kim Dale @ Harbor',
    'Kim Dale #OpenToWork',
    'Kim Dale kim@harbor.example',
    'Kim Dale; Recruiter',
    'Kim Dale ➡️ Hiring',
    'Kim Dale née Smith',
    'Kim Dale BA(Hons) PGCE',
    'Kim Dale B.A. (Hons), MIRP',
    'Kim Dale 李小龙',
    'Kim Dale.',
    "'Kim Dale'",
    'Kim Dale +1',
    'Kim Dale Phd',
    'Kim Dale Esq',
    'Kim Dale Chartered MCIPD',
    'Kim Dale, Chartered MCIPD',
    'Kim Dale, Assoc CIPD',
    'Kim Dale, CertRP, PgDip',
    'Kim Dale | MBA | Speaker',
    'Kim "Kimmy" Dale',
    'Kim “Kimmy” Dale',
    'Kim (Kimmy) Dale',
    "Kim 'Kimmy' Dale",
    '"Kim Dale"',
    'Kim ‹Kimmy› Dale',
    'Kim 「Kimmy」 Dale',
    'Kim `Kimmy` Dale',
    'Kim Dale a.k.a. Kimmy',
    'Kim&nbsp;Dale',
    'Kim Dale 1\ufe0f\u20e3',
    'Kim Dale M.D.',
    'Kim Dale MD',
    'Kim Dale B.A. M.A.',
    'Kim Dale SHRM-CP',
    'Kim Dale, P.Eng.',
    'Dale, Kim M.A.',
    'Kim\u200b \u200eDale\u200f',
    'Kim\u0000 Dale',
  ])('%j is Kim Dale', (name) => {
    expect(readName({ name })).toEqual({ firstName: 'Kim', surname: 'Dale' });
  });

  it.each([
    ['Kim B. Dale III', 'Kim B.', 'Dale III'],
    ['Dale, Kim, Jr.', 'Kim', 'Dale Jr.'],
    ['John Smith, Jr.', 'John', 'Smith Jr.'],
    ['Dale Jr., Kim', 'Kim', 'Dale Jr.'],
    ['Kim Dale Sr', 'Kim', 'Dale Sr'],
    ['Kim Dale, III', 'Kim', 'Dale III'],
    ['Dale, Kim, III', 'Kim', 'Dale III'],
    ['Dale, Kim Jr.', 'Kim', 'Dale Jr.'],
    ['Kim Dale Jnr', 'Kim', 'Dale Jnr'],
    ['Kim Dale MBA Jr.', 'Kim', 'Dale Jr.'],
  ])('%j keeps the generation with the surname', (name, firstName, surname) => {
    expect(readName({ name })).toEqual({ firstName, surname });
  });

  it.each([
    ['Nguyen, Ba', 'Ba', 'Nguyen'],
    ['Md Rahman', 'Md', 'Rahman'],
    ['Xiao Ling MA', 'Xiao Ling', 'MA'],
    ['Yo Yo Ma', 'Yo Yo', 'Ma'],
    ['YO YO MA', 'YO YO', 'MA'],
    ['Obi Mba', 'Obi', 'Mba'],
    ['Kok Beng', 'Kok', 'Beng'],
    ['Mag Ryan', 'Mag', 'Ryan'],
    ['M. Scott Peck', 'M. Scott', 'Peck'],
    ['Kim|Dale', 'Kim', 'Dale'],
    ['Kim van Dam - de Vries', 'Kim', 'van Dam de Vries'],
    ['Jos&eacute; Pérez', 'José', 'Pérez'],
    ["Seán O'Brien", 'Seán', "O'Brien"],
    ['O\u00b4Brien, Pat', 'Pat', 'O’Brien'],
    ['Montserrat Gal·la', 'Montserrat', 'Gal·la'],
    [
      '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u0639\u0644\u06cc',
      '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645',
      '\u0639\u0644\u06cc',
    ],
  ])('%j keeps every part of the name', (name, firstName, surname) => {
    expect(readName({ name })).toEqual({ firstName, surname });
  });

  it('of a title and one word is a surname', () => {
    expect(readName({ name: 'Mrs Dale' })).toEqual({ surname: 'Dale', title: 'Mrs' });
    expect(readName({ name: 'Dr. Dale, PhD' })).toEqual({ surname: 'Dale', title: 'Dr.' });
    expect(readName({ name: 'Prof. van den Berg' })).toEqual({ surname: 'van den Berg', title: 'Prof.' });
  });

  it.each(['Cher', 'Cher,', 'Cher ✨'])('%j gives neither a first name nor a surname', (name) => {
    expect(readName({ name })).toEqual({ oneWord: 'Cher' });
  });

  it.each([
    '',
    '  ',
    'LinkedIn Member',
    'kim.dale@harbor.example',
    ',',
    '-',
    'n/a',
    'N/A',
    'null',
    'undefined',
    'Unknown',
    '🦄',
    '007',
    '(he/him)',
    '.',
  ])('%j counts as no name', (name) => {
    expect(readName({ name })).toEqual({});
  });
});

describe('a name in several fields', () => {
  it('uses first and last name as typed, without stray spaces', () => {
    expect(readName({ firstName: ' ANDREW', lastName: 'Ó  Súilleabháin ' })).toEqual({
      firstName: 'ANDREW',
      surname: 'Ó Súilleabháin',
    });
  });

  it.each([
    [
      { firstName: 'Kim\u200b', lastName: '\u200fDale\u200f' },
      { firstName: 'Kim', surname: 'Dale' },
    ],
    [
      { firstName: 'Dr. Kim', lastName: 'Dale, MBA' },
      { firstName: 'Kim', surname: 'Dale', title: 'Dr.' },
    ],
    [
      { firstName: 'Dr.Kim', lastName: 'PhD', name: 'Kim Dale, PhD' },
      { firstName: 'Kim', surname: 'Dale', title: 'Dr.' },
    ],
    [
      { firstName: 'Kim (Kimmy)', lastName: 'Dale | CEO' },
      { firstName: 'Kim', surname: 'Dale' },
    ],
    [
      { firstName: 'Kim', lastName: 'Dale Jr.' },
      { firstName: 'Kim', surname: 'Dale Jr.' },
    ],
    [
      { firstName: 'Kim', lastName: 'Dale, Jr.' },
      { firstName: 'Kim', surname: 'Dale Jr.' },
    ],
    [
      { firstName: 'Ms', lastName: 'Dale' },
      { surname: 'Dale', title: 'Ms' },
    ],
    [
      { firstName: 'Kim', lastName: 'M&uuml;ller&#45;Dale' },
      { firstName: 'Kim', surname: 'Müller-Dale' },
    ],
  ])('%j is tidied', (said, name) => {
    expect(readName(said)).toEqual(name);
  });

  it('prefers the separate fields to the whole name', () => {
    expect(readName({ name: 'Bob Jones', firstName: 'Robert', lastName: 'Jones-Hill' })).toEqual({
      firstName: 'Robert',
      surname: 'Jones-Hill',
    });
  });

  it('has only the half that was sent', () => {
    expect(readName({ lastName: 'Larsson' })).toEqual({ surname: 'Larsson' });
    expect(readName({ firstName: 'Uma', lastName: '' })).toEqual({ firstName: 'Uma' });
    expect(readName({ firstName: 'Unknown', lastName: 'Dale' })).toEqual({ surname: 'Dale' });
  });

  it.each([
    [{ name: 'Zoë García López', lastName: 'García López' }, 'Zoë', 'García López'],
    [{ name: 'ZOË GARCÍA LÓPEZ', lastName: 'García López' }, 'ZOË', 'García López'],
    [{ name: 'Zoë García López', firstName: 'Zoë' }, 'Zoë', 'García López'],
    [{ name: 'García López, Zoë', lastName: 'García López' }, 'Zoë', 'García López'],
    [{ name: 'Ann', lastName: 'Smith' }, 'Ann', 'Smith'],
    [{ name: 'Smith', firstName: 'Ann' }, 'Ann', 'Smith'],
    [{ name: 'Bob Jones', firstName: 'Robert' }, 'Robert', 'Jones'],
    [{ name: 'Kim Dale', firstName: 'n/a', lastName: '-' }, 'Kim', 'Dale'],
  ])('takes the missing half of %j from the whole name', (said, firstName, surname) => {
    expect(readName(said)).toEqual({ firstName, surname });
  });

  it('does not use the known half as the other one', () => {
    expect(readName({ name: 'smith', lastName: 'Smith' })).toEqual({ surname: 'Smith' });
    expect(readName({ name: 'Mrs Dale', lastName: 'Dale' })).toEqual({ surname: 'Dale', title: 'Mrs' });
  });

  it('never clears a name', () => {
    expect(readName({ name: '', firstName: '', lastName: '  ' })).toEqual({});
  });
});

it('a name never has an empty half, whatever is sent', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('Mr', 'Dr. ', ', ', 'Jr.', '(', '"', '|', 'MBA', 'van ', 'Kim ', 'n/a', '-'),
  );
  const texts = fc.array(text, { maxLength: 6 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(texts, texts, texts, (name, firstName, lastName) => {
      for (const half of Object.values<unknown>({ ...readName({ name, firstName, lastName }) })) {
        expect(half).toMatch(/^\S(?:.*\S)?$/su);
      }
    }),
    { numRuns: 1000 },
  );
});
