/** Takes what an address of the API answers home as a file; the server's own name for it comes first. */
export function download(path: string, name = ""): void {
  const link = document.createElement("a");
  link.href = path;
  link.download = name;
  link.click();
}
