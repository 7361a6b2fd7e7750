import { describe, expect, it } from '@jest/globals';
import { plainText } from '../../../lib/text/html-text.ts';

describe('HTML', () => {
  it.each([
    ['<p>Hello<br>there</p><script>x</script>', 'Hello\nthere'],
    ['<div>a</div><div>b</div>', 'a\nb'],
    ['<p>one</p>\n<p>two</p>', 'one\n\ntwo'],
    ['<ul><li>one</li><li>two</li></ul>', '- one\n- two'],
    ['<p>a</p><ul><li><p>one</p></li><li><p>two</p></li></ul><p>b</p>', 'a\n\n- one\n- two\n\nb'],
    ['about the <title> of a role', 'about the of a role'],
    ['<script src="x"/>seen', 'seen'],
    ['1 &lt; 2 <b>and</b> 3&nbsp;&gt; 2', '1 < 2 and 3\u00a0> 2'],
    ['<style>p { color: red }</style><p>seen</p><!-- not seen -->', 'seen'],
    ['<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>', 'a b\nc'],
    ['<P CLASS="x">Shouted</P>', 'Shouted'],
    ['a <font color=red>red</font> word', 'a red word'],
    ['line one\nline <i>two</i>', 'line one line two'],
    ['<p>never closed', 'never closed'],
    ['<html><head><title>T</title></head><body><p>B</p></body></html>', 'B'],
  ])('%j is %j', (html, text) => {
    expect(plainText(html)).toBe(text);
  });

  it.each([
    'plain',
    'a < b and c > d',
    'a <b and c> d, if a<b then b>a',
    'x<y>z',
    'write to <kim@harbor.example>',
    'Tom &amp; Jerry',
    'two\n\n\nblank lines',
    '<notanelement>text</notanelement>',
    '<3 <b',
  ])('is not assumed in %j, which stays as it is', (text) => {
    expect(plainText(text)).toBe(text);
  });

  it.each(['<'.repeat(200_000), '<p '.repeat(66_000), '<b>'.repeat(66_000), '&amp'.repeat(50_000) + '<p>'])(
    'takes linear time, whatever is sent',
    (hostile) => {
      const started = performance.now();
      plainText(hostile);
      expect(performance.now() - started).toBeLessThan(3_000);
    },
  );
});
