/** A question before something that is not easily undone: the browser's own dialog keeps the focus inside. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Form } from './form.tsx';

export interface DialogProps {
  title: string;
  onClose: () => void;
  onSend: (data: FormData) => Promise<void>;
  label: string;
  busyLabel: string;
  danger?: boolean;
  children: ComponentChildren;
}

/** Open as long as it is rendered; when it closes, the focus returns to what opened it. */
export function Dialog({ title, onClose, children, ...form }: DialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const opener = document.activeElement;
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      shown?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={heading}>{title}</h2>
      <Form
        {...form}
        beside={
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        }
      >
        {children}
      </Form>
    </dialog>
  );
}
