import { useEffect, useState, type RefObject } from "react";

/** How far below the window something still counts as near. */
const MARGIN = "500px";

/** Whether something is in view or soon will be; once it was, it stays so. What is far down a page need not be asked for yet. */
export function useNear(place: RefObject<HTMLElement | null>): boolean {
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (!element || isNear) return;
    const observer = new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && setNear(true), { rootMargin: MARGIN });
    observer.observe(element);
    return () => observer.disconnect();
  }, [place, isNear]);
  return isNear;
}
