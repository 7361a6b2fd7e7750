import { describe, expect, it } from '@jest/globals';
import { linkedInProfile, normaliseLinkedIn } from '../../../lib/events/reading/linkedin.ts';

describe('a LinkedIn profile', () => {
  it.each([
    'https://www.linkedin.com/in/xyz',
    'http://linkedin.com/in/xyz/',
    '\u200blinkedin.com/in/xyz',
    ' https://uk.linkedin.com/in/xyz/de?trk=public_profile#top ',
    'HTTPS://M.LinkedIn.com/IN/xyz',
    'https://www.linkedin.com/mwlite/in/xyz',
    'https://www.linkedin.com/mwlite/profile/in/xyz',
    'https://www.linkedin.com/comm/in/xyz?midToken=x',
    'https://www.linkedin.com//in/xyz',
    'https://www.linkedin.com/in/xyz&trk=x',
    'LinkedIn: https://www.linkedin.com/in/xyz, https://github.com/xyz',
    '<a href="https://www.linkedin.com/in/xyz">Kim</a>',
  ])('%j has one normal form', (link) => {
    expect(normaliseLinkedIn(link)).toBe('https://www.linkedin.com/in/xyz');
  });

  it('keeps the case of what follows /in/, because members’ ids depend on it', () => {
    expect(normaliseLinkedIn('www.linkedin.com/in/ACoAAB1xYzQ?trk=x')).toBe(
      'https://www.linkedin.com/in/ACoAAB1xYzQ',
    );
  });

  it('of the old form keeps its whole path', () => {
    expect(normaliseLinkedIn('http://linkedin.com/pub/ann-smith/12/345/678')).toBe(
      'https://www.linkedin.com/pub/ann-smith/12/345/678',
    );
  });

  it.each([
    'https://github.com/xyz',
    'https://www.linkedin.com/company/acme',
    'https://www.linkedin.com/in/',
    'https://www.linkedin.com/pub/dir/Ann/Smith',
    'https://linkedin.com.evil.example/in/xyz',
    'https://notlinkedin.com/in/xyz',
    'https://evil.example/linkedin.com/in/xyz',
    'kim@linkedin.com/in/xyz',
    'https://linkedin.com:99999/in/xyz',
    'ann smith',
    '',
  ])('is not %j', (link) => {
    expect(normaliseLinkedIn(link)).toBeUndefined();
  });

  it('is the first one among the links', () => {
    expect(linkedInProfile(['https://github.com/a', 'linkedin.com/in/one', 'linkedin.com/in/two'])).toBe(
      'https://www.linkedin.com/in/one',
    );
  });
});
