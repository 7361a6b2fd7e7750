/** Checks of a page for people who do not see it, besides those of axe-core. */
import type { Page } from 'playwright-core';

/** The problems, one line each; empty if there are none. */
export const structureFindings = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const findings: string[] = [];
    const dialog = document.querySelector('dialog[open]');
    const levels = [...(dialog ?? document).querySelectorAll('h1, h2, h3, h4')]
      .filter((heading) => dialog !== null || heading.closest('dialog') === null)
      .map(({ tagName, textContent }) => ({ level: Number(tagName.slice(1)), textContent }));
    const first = dialog === null ? 1 : 2;
    if (levels[0]?.level !== first)
      findings.push(`the first heading is of level ${String(levels[0]?.level)}`);
    if (levels.filter(({ level }) => level === 1).length > 1) findings.push('several headings of level 1');
    levels.forEach(({ level, textContent }, index) => {
      if (level > (levels[index - 1]?.level ?? first) + 1) findings.push(`"${textContent}" skips a level`);
    });
    if (document.documentElement.lang !== 'en-GB') findings.push('no language');
    if (!/\S+ – \S+|Sourcewhale/.test(document.title)) findings.push(`the title is "${document.title}"`);
    if (document.querySelectorAll('main').length !== 1) findings.push('not one main landmark');
    const isSignedIn = document.querySelector('header') !== null;
    if (isSignedIn && document.querySelector('body a') !== document.querySelector('a.skip'))
      findings.push('the way past the head is not the first link');
    // An announcement may not be read if its element is created together with its text.
    if (isSignedIn && document.querySelector('[role=status][aria-live=polite]') === null)
      findings.push('nobody says what changes');
    for (const table of document.querySelectorAll('table'))
      if (table.caption === null && table.closest('[aria-label]') === null)
        findings.push('a table without a name');
    for (const progress of document.querySelectorAll('progress'))
      if (!progress.hasAttribute('aria-label') && !progress.hasAttribute('aria-labelledby'))
        findings.push('a progress bar without a name');
    return findings;
  });
