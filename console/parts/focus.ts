/** Where the focus goes when the element that had it is gone. Otherwise it is lost, and a keyboard starts again at the top. */
import { useEffect, useRef } from 'preact/hooks';

/**
 * @param shown what decides which element is shown; undefined until it is known. If it changes and the focus is lost,
 * the heading gets it.
 */
export function useKeptFocus(shown: string | number | undefined): { current: HTMLHeadingElement | null } {
  const heading = useRef<HTMLHeadingElement>(null);
  const before = useRef(shown);
  useEffect(() => {
    const isNew = before.current !== undefined && before.current !== shown;
    if (isNew && document.activeElement === document.body) heading.current?.focus();
    before.current = shown;
  }, [shown]);
  return heading;
}
