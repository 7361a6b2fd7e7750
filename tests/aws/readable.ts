/** Finds words that must not be readable, in whatever is written down. */

/** A text and what it looks like inside base64, wherever in it the text begins. */
function forms(text: string): RegExp {
  const inBase64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.from(`${'\0'.repeat(offset)}${text}`)
      .toString('base64')
      .replaceAll('=', '');
    // The characters at both ends depend on the text beside them.
    return encoded.slice(offset === 0 ? 0 : offset + 1, -1);
  });
  const escaped = [text, ...inBase64].map((form) => form.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  return new RegExp(escaped.join('|'));
}

export class Readable {
  readonly #forms = new Map<string, RegExp>();
  /** Where which word was read. */
  readonly found = new Set<string>();

  watch(text: string): void {
    this.#forms.set(text, forms(text));
  }

  look(where: string, written: string): void {
    for (const [text, form] of this.#forms) if (form.test(written)) this.found.add(`${where}: ${text}`);
  }
}
