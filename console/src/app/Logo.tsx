/** The mark: a sail and its trim tab on the water line. */
export function Logo({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden style={{ flex: "none" }}>
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <path d="M7 21.5 17.5 6v15.5Z" fill="var(--on-accent)" />
      <path d="M20 21.5V12l5.5 9.5Z" fill="var(--on-accent)" fillOpacity=".62" />
      <path d="M7 25h18.5" stroke="var(--on-accent)" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}
