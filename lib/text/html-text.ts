/** Notes from mail programs and editors: HTML becomes the text that a reader would see. */
import { htmlTagNames } from 'html-tag-names';
import { Tokenizer } from 'htmlparser2';

const ELEMENTS = new Set(htmlTagNames);
/**
 * The name of an element in brackets, alone or with attributes that have a value: in `a <b and c> d` is no tag. Linear:
 * nothing can match in two ways.
 */
const TAG = /<\/?([a-z][a-z0-9]*)(?=[\s/]*>|\s[^<>=]*=)/gi;

/** Elements that a reader does not see. */
const UNSEEN = ['script', 'style', 'head', 'title'];
/** Where the last of each ends. One that never ends is text: "The <head of sales> said …". */
const unseenEnds = (html: string): Map<string, number> =>
  new Map(UNSEEN.map((name) => [name, html.toLowerCase().lastIndexOf(`</${name}`)]));
/** Elements that stand on their own lines. */
const BLOCKS = new Set(
  (
    'address article aside blockquote center dd details div dl dt fieldset figcaption figure footer form ' +
    'h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody tfoot thead tr ul'
  ).split(' '),
);

const LISTS = new Set(['ul', 'ol']);

/** Whether the text has the tag of an HTML element. A text without one stays as it is. */
export function isHtml(text: string): boolean {
  const lastEnd = text.lastIndexOf('>');
  for (const { 0: tag, 1: name = '', index } of text.matchAll(TAG)) {
    if (index + tag.length > lastEnd) return false;
    if (ELEMENTS.has(name.toLowerCase())) return true;
  }
  return false;
}

/** Collects what a reader would see. Several breaks between blocks count as one; typed line breaks all count. */
class VisibleText {
  readonly #parts: string[] = [];
  #breaks = 0;
  #unseen = 0;
  #lists = 0;
  readonly #ends: ReadonlyMap<string, number>;

  constructor(html: string) {
    this.#ends = unseenEnds(html);
  }

  open(name: string, at: number): void {
    if ((this.#ends.get(name) ?? -1) > at) this.#unseen += 1;
    // A head that is not closed ends here.
    else if (name === 'body') this.#unseen = 0;
    else if (name === 'br') this.#parts.push('\n');
    else if (BLOCKS.has(name)) this.#break(name);
    if (name === 'li') this.text('- ');
    if (LISTS.has(name)) this.#lists += 1;
  }

  close(name: string): void {
    if (this.#ends.has(name)) this.#unseen = Math.max(0, this.#unseen - 1);
    else if (BLOCKS.has(name)) this.#break(name);
    else if (name === 'td' || name === 'th') this.#parts.push(' ');
    if (LISTS.has(name)) this.#lists = Math.max(0, this.#lists - 1);
  }

  text(text: string): void {
    if (this.#unseen > 0) return;
    // Line ends in the source of HTML are spaces.
    const flowing = text.replace(/[ \t\r\n\f]+/g, ' ');
    if (flowing === ' ' && this.#breaks > 0) return;
    if (this.#parts.length > 0) this.#parts.push('\n'.repeat(this.#breaks));
    this.#breaks = 0;
    this.#parts.push(flowing);
  }

  /** A paragraph of a list is a line of it. */
  #break(name: string): void {
    if (this.#parts.at(-1) === '- ') return;
    this.#breaks = Math.max(this.#breaks, name === 'p' && this.#lists === 0 ? 2 : 1);
  }

  toString(): string {
    return this.#parts.join('');
  }
}

const ignore = (): void => undefined;

/**
 * What a reader would see of HTML. The library's parser keeps a stack of open elements, which takes quadratic time for
 * elements that are never closed; its tokenizer has none, and the text needs none.
 */
function visibleText(html: string): string {
  const visible = new VisibleText(html);
  const name = (start: number, end: number): string => html.slice(start, end).toLowerCase();
  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      onopentagname: (start, end) => {
        visible.open(name(start, end), start);
      },
      onclosetag: (start, end) => {
        visible.close(name(start, end));
      },
      ontext: (start, end) => {
        visible.text(html.slice(start, end));
      },
      ontextentity: (codepoint) => {
        visible.text(String.fromCodePoint(codepoint));
      },
      onattribdata: ignore,
      onattribentity: ignore,
      onattribend: ignore,
      onattribname: ignore,
      oncdata: ignore,
      oncomment: ignore,
      ondeclaration: ignore,
      onend: ignore,
      onopentagend: ignore,
      onprocessinginstruction: ignore,
      onselfclosingtag: ignore,
    },
  );
  tokenizer.write(html);
  tokenizer.end();
  return visible.toString();
}

/** Plain text of a text that can be HTML: at most one blank line between lines, no spaces around them. */
export function plainText(text: string): string {
  if (!isHtml(text)) return text;
  const lines = visibleText(text)
    .split('\n')
    .map((line) => line.replace(/ +/g, ' ').trim());
  return lines
    .filter((line, at) => line !== '' || (at > 0 && lines[at - 1] !== ''))
    .join('\n')
    .trim();
}
