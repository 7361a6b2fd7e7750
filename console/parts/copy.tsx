/** A value with a button that copies it and says so. */
import type { JSX } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import { useConsole } from '../context.ts';

export function CopyField({
  label,
  value,
  onCopied,
}: {
  label: string;
  value: string;
  onCopied?: () => void;
}): JSX.Element {
  const { announce } = useConsole();
  const [copied, setCopied] = useState(false);
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
      announce(`${label} copied`);
    } catch {
      // The browser forbids it: the person can use Ctrl+C.
      field.current?.select();
      announce(`${label} is selected: copy it with Control C`);
    }
    onCopied?.();
  };
  return (
    <div class="field copy">
      <label for={id}>{label}</label>
      <div class="copy-row">
        <input
          id={id}
          ref={field}
          class="code"
          readOnly
          value={value}
          autocomplete="off"
          spellcheck={false}
        />
        <button type="button" onClick={() => void copy()} aria-label={`Copy ${label}`}>
          {copied ? 'Copied' : 'Copy'}
        </button>
      </div>
    </div>
  );
}
