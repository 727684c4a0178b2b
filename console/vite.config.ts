import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.TRIMTAB_SERVER ?? "http://127.0.0.1:4100";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  css: { modules: { localsConvention: "camelCaseOnly" } },
  build: {
    outDir: "../src/trimtab/server/console",
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 800,
  },
  server: { proxy: { "/api": server, "/health": server } },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
