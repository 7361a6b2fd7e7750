import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  hasFullName,
  namesContradict,
  type PersonName,
  sharedNameWords,
} from '../../../lib/names/person-names.ts';

/** `First/Last`; a half may be missing. */
function name(text: string): PersonName {
  const [first = '', last = ''] = text.split('/');
  return { ...(first !== '' && { first }), ...(last !== '' && { last }) };
}

/** Names of one person, or names that cannot be compared. */
const AGREE: [string, string, string][] = [
  ['marriage', 'Ann/Moor', 'Ann/Pike'],
  ['one surname', 'John/Smith', 'Joan/Smith'],
  ['short form', 'Robert/Hale', 'Bob/Hale'],
  ['equal', 'Ann/Moor', 'Ann/Moor'],
  ['capitals', 'ANN/MOOR', 'ann/moor'],
  ['swapped', 'Mei/Chen', 'Chen/Mei'],
  ['swapped, Hungarian', 'János/Kovács', 'Kovacs/Janos'],
  ['a middle name more', 'Ann Marie/Moor', 'Marie/Pike'],
  ['a double surname', 'Ann/Moor-Pike', 'Jo/Pike'],
  ['a hyphen or a space', 'Jean-Luc/Picard', 'Jean Luc/Picard'],
  ['a double first name', 'Hans-Peter/Voss', 'Peter/Kern'],
  ['apostrophe left out', "Seán/O'Brien", 'Sean/OBrien'],
  ['typographic apostrophe', 'Pat/O’Neill', "P/O'Neill"],
  ['HTML entities in Firefish', 'Ann/O&#39;Neill', "Pat/O'Neill"],
  ['Irish, one half in common', 'Aoife/Ní Bhriain', 'Aoife/O’Brien'],
  ['no accents', 'José/Núñez', 'Jose/Nunez'],
  ['French accents', 'Hélène/Lefèvre', 'HELENE/LEFEVRE'],
  ['German umlaut left out', 'Jörg/Müller', 'Jorg/Muller'],
  ['sharp s', 'Anna/Groß', 'Anna/Gross'],
  ['sharp s in capitals', 'Max/Weiß', 'Moritz/WEISS'],
  ['Danish ø', 'Søren/Østergård', 'Soren/Ostergard'],
  ['Norwegian æ', 'Kjærsti/Lie', 'Kjaersti/Berg'],
  ['Polish ł', 'Łukasz/Wójcik', 'Lukasz/Wojcik'],
  ['Croatian đ', 'Đorđe/Popović', 'Dorde/Popovic'],
  ['French œ', 'Cœur/Martin', 'Coeur/Petit'],
  ['Icelandic þ and ð', 'Þór/Guðmundsson', 'Thor/Gudmundsson'],
  ['Turkish dotless i', 'Işık/Yılmaz', 'Isik/Yilmaz'],
  ['Turkish dotted capital', 'İbrahim/Demir', 'ibrahim/Kaya'],
  ['Maltese ħ', 'Ġorġ/Ħaddad', 'Gorg/Haddad'],
  ['Romanian ș with comma', 'Ștefan/Țurcanu', 'Stefan/Turcanu'],
  ['Vietnamese marks', 'Nguyễn/Văn', 'Nguyen/Van'],
  ['Vietnamese surname that is a particle', 'Binh/Le', 'Hoa/Le'],
  ['Vietnamese surname Do', 'Thi/Do', 'Lan/Do'],
  ['Vietnamese, order swapped', 'Nguyen/Minh', 'Minh/Tran'],
  ['Portuguese, a surname less', 'Maria/da Silva Santos', 'João/Santos'],
  ['Spanish, two surnames', 'Zoë/García López', 'Ana/López'],
  ['Dutch, particle in another spelling', 'Kim/van den Berg', 'Kim/Vandenberg'],
  ['Dutch, particle left out', 'Kim/van den Berg', 'Tom/Berg'],
  ['German nobility', 'Otto/von Bismarck', 'Herbert/Bismarck'],
  ['Arabic article', 'Omar/Al-Fayed', 'Omar/Fayed'],
  ['Arabic script, equal', 'محمد/علي', 'محمد/علي'],
  ['Arabic script, vowel signs', 'مُحَمَّد/علي', 'محمد/حسن'],
  ['Arabic script, hamza', 'أحمد/علي', 'احمد/حسن'],
  ['Hebrew, points', 'דָּוִד/כהן', 'דוד/לוי'],
  ['Chinese, equal', '伟/王', '伟/王'],
  ['Chinese, in one field', '/王伟', '伟/王'],
  ['Chinese, family name in common', '伟/王', '芳/王'],
  ['Japanese, equal', '太郎/山田', '太郎/山田'],
  ['Japanese, kanji and kana', '太郎/山田', 'たろう/やまだ'],
  ['Japanese, katakana and hiragana', 'タロウ/ヤマダ', 'たろう/やまだ'],
  ['Korean, family name in common', '민준/김', '서연/김'],
  ['Korean and Latin', '민준/김', 'Minjun/Kim'],
  ['Cyrillic and Latin', 'Александр/Иванов', 'Alexander/Ivanov'],
  ['Cyrillic, ё as е', 'Пётр/Королёв', 'Петр/Королев'],
  ['Cyrillic, й as и', 'Андрей/Зуев', 'Андреи/Белов'],
  ['Ukrainian and Russian share a surname', 'Ольга/Шевченко', 'Елена/Шевченко'],
  ['Greek, accents', 'Γιώργος/Παπαδόπουλος', 'ΓΙΩΡΓΟΣ/ΠΑΠΑΔΟΠΟΥΛΟΣ'],
  ['Greek, final sigma', 'Νίκος/Δήμου', 'ΝΙΚΟΣ/ΠΑΠΠΑΣ'],
  ['Greek and Latin', 'Γιώργος/Παπάς', 'Maria/Rossi'],
  ['Georgian and Latin', 'გიორგი/მაისურაძე', 'Giorgi/Kapanadze'],
  ['Armenian and Latin', 'Արամ/Խաչատրյան', 'Ben/Pike'],
  ['Hindi, equal', 'राहुल/शर्मा', 'राहुल/शर्मा'],
  ['Hindi, a nukta', 'फ़िरोज़/ख़ान', 'फिरोज/अली'],
  ['Hindi and Latin', 'राहुल/शर्मा', 'Rohit/Verma'],
  ['Thai and Latin', 'สมชาย/ใจดี', 'Somchai/Jaidee'],
  ['titles do not count', 'Dr. Ann/Moor', 'Ann/Pike'],
  ['generations do not count', 'Kim/Dale Jr.', 'Kim/Dale'],
  ['an initial is not there', 'A./Moor', 'Bea/Moor'],
  ['a half of initials, the other missing', 'A./', 'Ben/Pike'],
  ['initials on both sides', 'J. R./', 'B./'],
  ['first name missing on one side', '/Moor', 'Ben/'],
  ['surname missing, first name in common', 'Ann/', 'Ann/Pike'],
  ['nothing on one side', '/', 'Ben/Pike'],
  ['nothing on both sides', '/', '/'],
  ['only punctuation', '-/.', 'Ben/Pike'],
  ['full width letters', 'Ａｎｎ/Ｍｏｏｒ', 'Ann/Pike'],
  ['decomposed accents', 'Jose\u0301/X', 'José/Pike'],
  ['ligature', 'Stefﬁ/Graf', 'Steffi/Agassi'],
  ['invisible characters', 'Ann\u200b/\u200fMoor', 'Ann/Pike'],
  ['an emoji', 'Ann ✨/Moor', 'Ann/Pike'],
  ['one word in a surname of three', 'Ana/Souza e Silva', 'Rui/Silva'],
  ['Welsh', 'Siân/ap Gwilym', 'Sian/Gwilym'],
  ['Scottish, Mc in one word or two', 'Ewan/McLeod', 'Ewan/Mac Leod'],
  ['Indonesian, one name twice', 'Sukarno/Sukarno', 'Sukarno/'],
  ['joined first name', 'Annmarie/', 'Ann-Marie/'],
  ['joined surname', '/Vandenberg', '/van den Berg'],
];

/** Names that cannot be of one person. */
const CONTRADICT: [string, string, string][] = [
  ['nothing in common', 'Ann/Moor', 'Ben/Pike'],
  ['alike, not equal', 'Ann/Moor', 'Anna/Moore'],
  ['first names alone', 'Ann/', 'Ben/Pike'],
  ['surnames alone', '/Moor', 'Ben/Pike'],
  ['particles are no common word', 'Maria/de la Cruz', 'Juan/de la Rosa'],
  ['Dutch particles', 'Kim/van der Meer', 'Tom/van der Berg'],
  ['German particles', 'Otto/von Bülow', 'Emil/von Moltke'],
  ['Arabic articles', 'Omar/Al-Fayed', 'Ali/Al-Masri'],
  ['Malay bin', 'Ahmad/bin Ali', 'Zaid/bin Umar'],
  ['Portuguese particles', 'João/da Costa', 'Rui/da Silva'],
  ['titles are no common word', 'Dr Ann/Moor', 'Dr Ben/Pike'],
  ['generations are no common word', 'Ann/Moor Jr', 'Ben/Pike Jr'],
  ['roman numerals are no common word', 'Ann/Moor III', 'Ben/Pike III'],
  ['initials are no common word', 'A. J./Moor', 'A. J./Pike'],
  ['Greek initials', 'Α./Παπάς', 'Α./Δήμου'],
  ['Cyrillic initials', 'А./Иванов', 'А./Петров'],
  ['Cyrillic', 'Александр/Иванов', 'Сергей/Петров'],
  ['Cyrillic, the feminine form is another word', 'Анна/Иванова', 'Сергей/Иванов'],
  ['Greek', 'Γιώργος/Παπαδόπουλος', 'Νίκος/Δήμου'],
  ['Chinese', '伟/王', '娜/李'],
  ['Japanese', '太郎/山田', '花子/鈴木'],
  ['Korean', '민준/김', '서연/이'],
  ['Arabic', 'محمد/علي', 'فاطمة/حسن'],
  ['Hebrew', 'דוד/כהן', 'שרה/לוי'],
  ['Hindi: vowel signs count', 'राहुल/शर्मा', 'रोहित/वर्मा'],
  ['Hindi: other vowels are other names', 'राम/गुप्ता', 'रीमा/मेहता'],
  ['Thai', 'สมชาย/ใจดี', 'มานี/รักไทย'],
  ['Tamil', 'குமார்/ராஜா', 'பிரியா/செல்வம்'],
  ['Georgian', 'გიორგი/მაისურაძე', 'ნინო/კაპანაძე'],
  ['Polish', 'Łukasz/Wójcik', 'Paweł/Nowak'],
  ['Turkish', 'Işık/Yılmaz', 'Can/Demir'],
  ['Vietnamese', 'Minh/Tran', 'Lan/Pham'],
  ['Vietnamese particles that are surnames', 'Binh/Le', 'Thi/Do'],
  ['Irish', 'Seán/O’Brien', 'Aoife/O’Neill'],
  ['a nickname is another word', 'Robert/Moor', 'Bob/Pike'],
  ['part of a word is no word', 'Ann/Moorhouse', 'Ben/Moor'],
  ['umlaut written as two letters', 'Jörg/Müller', 'Hans/Mueller'],
  ['two scripts on one side, one in common', 'Anna/Иванова', 'Ben/Pike'],
  ['a boss and an assistant', 'Max/Orr', 'Kim/Dale'],
];

describe('two names', () => {
  it.each(AGREE)('agree: %s (%s, %s)', (_, a, b) => {
    expect(namesContradict(name(a), name(b))).toBe(false);
    expect(namesContradict(name(b), name(a))).toBe(false);
  });

  it.each(CONTRADICT)('contradict: %s (%s, %s)', (_, a, b) => {
    expect(namesContradict(name(a), name(b))).toBe(true);
    expect(namesContradict(name(b), name(a))).toBe(true);
  });

  it('are tested by more than a hundred pairs', () => {
    expect(AGREE.length + CONTRADICT.length).toBeGreaterThan(100);
  });

  it('do not contradict if one of them is a single word that may be either half', () => {
    expect(namesContradict({ full: 'Ben' }, name('Ann/Moor'))).toBe(false);
    expect(namesContradict({ full: 'Moor', first: 'Ben' }, name('Ann/Moor'))).toBe(false);
  });

  it('are symmetric: a name agrees with itself, and two names contradict in both directions or in none', () => {
    const half = fc.string({ unit: 'binary', maxLength: 12 });
    const any = fc.record({ first: half, last: half, full: half }, { requiredKeys: [] });
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(namesContradict(a, a)).toBe(false);
        expect(namesContradict(a, b)).toBe(namesContradict(b, a));
        expect(sharedNameWords(a, b)).toBe(sharedNameWords(b, a));
        if (sharedNameWords(a, b) > 0) expect(namesContradict(a, b)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the words that two names share', () => {
  it.each([
    ['Ann/Moor', 'Ann/Moor', 2],
    ['Ann/Moor', 'Ann/Pike', 1],
    ['Ann Marie/Moor', 'marie ann/MOOR', 3],
    ['Ann/de la Cruz', 'Juan/de la Cruz', 1],
    ['Dr Ann/Moor Jr', 'Dr Ben/Pike Jr', 0],
    ['A./Moor', 'A./Pike', 0],
    ['Binh/Le', 'Hoa/Le', 1],
    ['/', 'Ann/Moor', 0],
  ])('of %j and %j are %d', (a, b, count) => {
    expect(sharedNameWords(name(a), name(b))).toBe(count);
  });

  it('include the word of a name of one word', () => {
    expect(sharedNameWords({ full: 'Moor' }, name('Ann/Moor'))).toBe(1);
  });
});

describe('a full name in a text', () => {
  it.each([
    ['Ann/Moor', 'Ann Moor exists'],
    ['Ann/Moor', 'MOOR, ann: too long'],
    ['Ann/Moor', 'FirstName: ["Ann"]; Surname: ["Moor"]'],
    ['Ann/Moor', 'Ann Moor’s record'],
    ['Ann/Moor', "Ann Moor's record"],
    ['Ann/Moor', 'the file Ann_Moor.pdf'],
    ['Ann/Moor', 'Ann&nbsp;Moor'],
    ['Ann Marie/Moor-Pike', 'Ann Pike'],
    ['Seán/O’Brien', "SEAN O'BRIEN'S record"],
    ['Jörg/Müller', 'Jorg Muller'],
    ['伟/王', 'Surname “王伟” is too long'],
    ['Binh/Le', 'Binh Le'],
  ])('is found: %s in %s', (said, text) => {
    expect(hasFullName(text, name(said))).toBe(true);
  });

  it.each([
    ['Ann/Moor', 'Ann Pike exists'],
    ['Ann/Moor', 'Moor is too long'],
    ['Ann/Moor', 'Joann Moorhouse'],
    ['/Moor', 'Ann Moor'],
    ['Dr/Moor', 'Dr Pike'],
    ['A./Moor', 'a Moor'],
  ])('is not found: %s in %s', (said, text) => {
    expect(hasFullName(text, name(said))).toBe(false);
  });
});
