import styles from "./Keys.module.css";

/** Keyboard keys: `Keys keys="g t"` shows two keys pressed one after the other, `ctrl+k` two together. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className={styles.keys}>
      {keys.split(/[ +]/).map((key, index) => (
        <kbd key={index} className={styles.key}>
          {key.length > 1 ? key.charAt(0).toUpperCase() + key.slice(1) : key.toUpperCase()}
        </kbd>
      ))}
    </span>
  );
}
