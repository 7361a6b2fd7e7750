/** What a page of another origin can do with the local servers: nothing. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type EveryServer, openEveryServer } from '../local/every-server.ts';
import { BROWSER_URL } from './global-setup.ts';

let servers: EveryServer;
let browser: Browser;
let foreign: Server;
let page: Page;
/** The status of every answer that reached the browser, by its address. */
let answers: { url: string; status: number }[];

beforeAll(async () => {
  servers = await openEveryServer('http://127.0.0.1:4000');
  foreign = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<title>Another page</title>');
  });
  await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
  browser = await chromium.connect(process.env[BROWSER_URL] ?? '');
  page = await (await browser.newContext()).newPage();
  page.on('response', (response) => {
    answers.push({ url: response.url(), status: response.status() });
  });
  answers = [];
  await page.goto(`http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`);
});
afterAll(async () => {
  await page.context().close();
  await browser.close();
  foreign.close();
  await servers.close();
});

/** The statuses of the server's answers to this many requests; the browser reports them a moment later. */
async function statusesOf(target: string, count: number): Promise<number[]> {
  const given = (): number[] =>
    answers.filter(({ url }) => url === new URL(target).href).map(({ status }) => status);
  for (let tries = 0; given().length < count && tries < 100; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return given();
}

describe('a page of another origin', () => {
  test('cannot read from any server, and what it sends is refused', async () => {
    for (const { name, url, method, body } of servers.targets) {
      const init = { method, ...(body !== undefined && { body }) };
      const ask = (mode: 'cors' | 'no-cors'): Promise<string> =>
        page.evaluate(
          ([address, given]) =>
            fetch(address, given).then(
              (response) => response.text(),
              () => 'refused',
            ),
          [url, { ...init, mode }] as const,
        );
      expect([name, await ask('cors')]).toEqual([name, 'refused']);
      // What a browser sends without asking first; the page does not see the answer, but the test does.
      answers = [];
      expect([name, await ask('no-cors')]).toEqual([name, '']);
      expect([name, ...(await statusesOf(url, 1))]).toEqual([name, 403]);
    }
  });

  test('cannot send a form, and cannot show a page in a frame', async () => {
    for (const { name, url } of servers.targets) {
      answers = [];
      await page.evaluate(async (address) => {
        const frame = Object.assign(document.createElement('iframe'), { name: 'frame' });
        const form = Object.assign(document.createElement('form'), {
          ...{ action: address, method: 'post', enctype: 'text/plain', target: 'frame' },
        });
        document.body.append(frame, form);
        await new Promise((resolve) => {
          frame.addEventListener('load', resolve);
          form.submit();
        });
        await new Promise((resolve) => {
          frame.addEventListener('load', resolve);
          frame.src = address;
        });
        frame.remove();
        form.remove();
      }, url);
      expect([name, ...(await statusesOf(url, 2))]).toEqual([name, 403, 403]);
    }
  });

  test('can send a person to sign in, because the provider decides where they go afterwards', async () => {
    answers = [];
    const url = `${servers.issuer}/.well-known/openid-configuration`;
    await page.evaluate((address) => {
      location.href = address;
    }, url);
    await page.waitForURL(url);
    expect(await statusesOf(url, 1)).toEqual([200]);
  });
});
