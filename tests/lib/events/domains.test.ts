import { describe, expect, it } from '@jest/globals';
import { readDomain, readOwnDomain } from '../../../lib/events/reading/domains.ts';

describe('a domain', () => {
  it.each([
    ['harbor.example', 'harbor.example'],
    ['http://www.harbor.example/careers', 'harbor.example'],
    ['HTTPS://WWW.Harbor.Example:8443/?a=b#c', 'harbor.example'],
    ['@harbor.example', 'harbor.example'],
    ['HARBOR.example..', 'harbor.example'],
    ['harbor.example/', 'harbor.example'],
    [' harbor.example, ', 'harbor.example'],
    ['\u200bharbor.example\u200e', 'harbor.example'],
    ['m\u00fcnze.example', 'xn--mnze-0ra.example'],
    ['mail.harbor.example', 'mail.harbor.example'],
    ['www.example', 'www.example'],
    ['harbor。example', 'harbor.example'],
  ])('%j is %j', (text, domain) => {
    expect(readDomain(text)).toEqual({ domain });
  });

  it.each([
    ['harbor', /must be a domain, such as/],
    ['', /must be a domain, such as/],
    ['*.harbor.example', /wildcard/],
    ['kim@harbor.example', /not an e-mail address/],
    ['192.168.0.1', /must be a domain, such as/],
    ['harbor..example', /must be a domain, such as/],
    ['har bor.example', /must be a domain, such as/],
    ['x'.repeat(200_000), /must be a domain, such as/],
  ])('is not %j', (text, problem) => {
    expect(readDomain(text)).toEqual({ problem: expect.stringMatching(problem) });
  });
});

describe('the domain of an organisation', () => {
  it.each([
    ...[
      'gmail.com',
      'outlook.com',
      'Hotmail.co.uk',
      'www.yahoo.com',
      'https://mail.ru/',
      'gmx.de',
      'icloud.com',
    ],
    ...['proton.me', 'qq.com', 'btinternet.com', 'web.de', 'orange.fr', 'fastmail.com'],
  ])('is not a public mailbox provider’s: %j', (text) => {
    expect(readOwnDomain(text)).toEqual({ problem: expect.stringContaining('public mailbox provider') });
  });

  it.each(['harbor.example', 'example.com', 'ibm.com', 'firefishsoftware.com'])('can be %j', (text) => {
    expect(readOwnDomain(text)).toEqual({ domain: text });
  });
});
