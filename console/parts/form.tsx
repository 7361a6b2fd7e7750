/**
 * Forms that lose nothing: fields keep what was typed whatever the server does, errors are listed above and shown
 * beside the field, and the button shows what is in progress.
 */
import { type ComponentChildren, createContext, type JSX } from 'preact';
import { useContext, useEffect, useId, useRef, useState } from 'preact/hooks';
import { type FieldError, RefusedError, wordsOf } from '../api.ts';
import { useSlow } from './load.tsx';
import { sentence } from '../words.ts';

/** Found in the page, before the server is asked. */
export class InputError extends Error {
  override name = 'InputError';
  readonly errors: readonly FieldError[];
  constructor(errors: readonly FieldError[]) {
    super('Some fields need another look.');
    this.errors = errors;
  }
}

/** @throws InputError if one of them is empty. Returns them trimmed. */
export function required<Name extends string>(
  data: FormData,
  names: Readonly<Record<Name, string>>,
): Record<Name, string> {
  const entries = Object.entries<string>(names);
  const values = entries.map(([name]) => [name, textOf(data, name)] as const);
  const empty = entries.filter((_, index) => values[index]?.[1] === '');
  if (empty.length > 0) {
    throw new InputError(empty.map(([path, label]) => ({ path, message: `Fill in: ${label}` })));
  }
  // Made from the same names.
  return Object.fromEntries(values) as Record<Name, string>;
}

export function textOf(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

const FieldErrors = createContext<readonly FieldError[]>([]);
const useFieldError = (name: string): string | undefined =>
  useContext(FieldErrors).find(({ path }) => path === name || path.startsWith(`${name}.`))?.message;

export interface FormProps {
  /** Sends what was typed; what it throws is shown. */
  onSend: (data: FormData) => Promise<void>;
  label: string;
  busyLabel: string;
  danger?: boolean;
  /** Further buttons. One that submits the form, too, has a name and a value. */
  beside?: ComponentChildren;
  children: ComponentChildren;
}

export function Form({ onSend, label, busyLabel, danger, beside, children }: FormProps): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const slow = useSlow(busy);
  const alive = useAlive();
  const submit = async (form: HTMLFormElement, button: HTMLElement | null): Promise<void> => {
    if (busy) return;
    setBusy(true);
    try {
      await onSend(new FormData(form, button));
      if (alive.current) setFailure(undefined);
    } catch (error) {
      if (alive.current) setFailure({ error, errors: fieldErrors(error, form) });
    } finally {
      if (alive.current) setBusy(false);
    }
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit(event.currentTarget, event.submitter);
      }}
    >
      {failure === undefined ? null : <ErrorSummary failure={failure} />}
      <FieldErrors.Provider value={failure?.errors ?? []}>{children}</FieldErrors.Provider>
      <div class="actions">
        <button type="submit" class={danger === true ? 'primary danger' : 'primary'} aria-disabled={busy}>
          {busy ? busyLabel : label}
        </button>
        {beside}
        <span class="hint" role="status">
          {slow ? 'Still waiting for an answer. What you typed is kept.' : ''}
        </span>
      </div>
    </form>
  );
}

/** Whether the component still exists: an answer can come after it was removed. */
export function useAlive(): { current: boolean } {
  const alive = useRef(true);
  useEffect(() => {
    alive.current = true;
    return () => {
      alive.current = false;
    };
  }, []);
  return alive;
}

/** The server's message about a field has its name; people know its label. */
function fieldErrors(error: unknown, form: HTMLFormElement): readonly FieldError[] {
  if (error instanceof InputError) return error.errors;
  if (!(error instanceof RefusedError)) return [];
  return error.errors.map(({ path, message }) => {
    const label = labelOf(fieldOf(form, path));
    return { path, message: label === undefined ? sentence(message) : `${label} ${message}` };
  });
}

function labelOf(field: HTMLElement | undefined): string | undefined {
  const group = field?.closest('fieldset')?.querySelector('legend');
  const own =
    field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field.labels?.[0] : null;
  return (group ?? own)?.textContent.replace(/ \(.*\)$/, '');
}

interface Failure {
  error: unknown;
  errors: readonly FieldError[];
}

function ErrorSummary({ failure }: { failure: Failure }): JSX.Element {
  const { error, errors } = failure;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.focus(), [failure]);
  const heading = useId();
  return (
    <div class="notice bad" role="alert" tabIndex={-1} ref={box} aria-labelledby={heading}>
      <h2 id={heading}>There is a problem</h2>
      <p>{errors.length === 0 ? wordsOf(error) : 'Nothing is changed yet. Some fields need another look:'}</p>
      {errors.length === 0 ? null : (
        <ul>
          {errors.map(({ path, message }) => (
            <li key={path}>
              <button
                type="button"
                class="link"
                onClick={() => {
                  fieldOf(box.current?.closest('form'), path)?.focus();
                }}
              >
                {message}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The field of this path, or of the nearest that contains it. */
function fieldOf(form: HTMLFormElement | null | undefined, path: string): HTMLElement | undefined {
  const fields = [...(form?.querySelectorAll<HTMLElement>('[name]') ?? [])];
  const nameOf = (field: HTMLElement): string => field.getAttribute('name') ?? '';
  return (
    fields.find((each) => nameOf(each) === path) ?? fields.find((each) => path.startsWith(`${nameOf(each)}.`))
  );
}

interface FieldProps {
  name: string;
  label: string;
  hint?: ComponentChildren;
}

interface Described {
  id: string;
  error: string | undefined;
  attributes: { id: string; name: string; 'aria-invalid'?: true; 'aria-describedby'?: string };
}

function useDescribed(name: string, hasHint: boolean): Described {
  const id = useId();
  const error = useFieldError(name);
  const described = [hasHint ? `${id}-hint` : '', error === undefined ? '' : `${id}-error`]
    .filter(Boolean)
    .join(' ');
  return {
    id,
    error,
    attributes: {
      id,
      name,
      ...(error === undefined ? {} : { 'aria-invalid': true }),
      ...(described === '' ? {} : { 'aria-describedby': described }),
    },
  };
}

const Beside = ({
  id,
  hint,
  error,
}: {
  id: string;
  hint: ComponentChildren;
  error: string | undefined;
}): JSX.Element => (
  <>
    {hint === undefined ? null : (
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    )}
    {error === undefined ? null : (
      <p class="error" id={`${id}-error`}>
        <span class="sr">Error: </span>
        {error}
      </p>
    )}
  </>
);

/** Separate cases: Preact's types distinguish inputs by the roles that they allow. */
const INPUT = {
  text: { type: 'text' },
  password: { type: 'password' },
  email: { type: 'email' },
} as const;

export function TextField({
  name,
  label,
  hint,
  type = 'text',
  value,
  autocomplete = 'off',
}: FieldProps & {
  type?: keyof typeof INPUT;
  value?: string;
  autocomplete?: string;
}): JSX.Element {
  const { id, error, attributes } = useDescribed(name, hint !== undefined);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <Beside id={id} hint={hint} error={error} />
      <input
        {...attributes}
        {...INPUT[type]}
        autocomplete={autocomplete}
        autocapitalize="none"
        spellcheck={false}
        defaultValue={value ?? ''}
      />
    </div>
  );
}

export function TextArea({ name, label, hint, maxLength }: FieldProps & { maxLength: number }): JSX.Element {
  const { id, error, attributes } = useDescribed(name, hint !== undefined);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <Beside id={id} hint={hint} error={error} />
      <textarea {...attributes} rows={3} maxLength={maxLength} />
    </div>
  );
}

export interface Choice {
  value: string;
  label: string;
}

export function SelectField({
  name,
  label,
  hint,
  choices,
  value,
}: FieldProps & { choices: readonly Choice[]; value?: string }): JSX.Element {
  const { id, error, attributes } = useDescribed(name, hint !== undefined);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <Beside id={id} hint={hint} error={error} />
      <select {...attributes}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value} selected={choice.value === value}>
            {choice.label}
          </option>
        ))}
      </select>
    </div>
  );
}

export function CheckField({ name, label, hint, checked }: FieldProps & { checked: boolean }): JSX.Element {
  const { id, error, attributes } = useDescribed(name, hint !== undefined);
  return (
    <div class="field check">
      <input {...attributes} type="checkbox" defaultChecked={checked} />
      <label for={id}>{label}</label>
      <Beside id={id} hint={hint} error={error} />
    </div>
  );
}

/** Several that may be ticked, under one name. */
export function ChecksField({
  name,
  label,
  hint,
  choices,
  values,
}: FieldProps & { choices: readonly Choice[]; values: readonly string[] }): JSX.Element {
  const { id, error } = useDescribed(name, hint !== undefined);
  return (
    <fieldset class="field" aria-describedby={hint === undefined ? undefined : `${id}-hint`}>
      <legend>{label}</legend>
      <Beside id={id} hint={hint} error={error} />
      <div class="choices">
        {choices.map(({ value, label: text }) => (
          <label key={value} class="choice">
            <input type="checkbox" name={name} value={value} defaultChecked={values.includes(value)} />
            {text}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** One of them; at first none if no value is given. */
export function RadiosField({
  name,
  label,
  hint,
  choices,
  value,
}: FieldProps & { choices: readonly Choice[]; value?: string }): JSX.Element {
  const { id, error, attributes } = useDescribed(name, hint !== undefined);
  return (
    <fieldset class="field" aria-describedby={attributes['aria-describedby']}>
      <legend>{label}</legend>
      <Beside id={id} hint={hint} error={error} />
      <div class="choices">
        {choices.map((choice) => (
          <label key={choice.value} class="choice">
            <input type="radio" name={name} value={choice.value} defaultChecked={choice.value === value} />
            {choice.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
