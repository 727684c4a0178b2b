import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "@/design/tokens.css";
import "@/design/base.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter } from "react-router";
import { RouterProvider } from "react-router/dom";

import { queries } from "@/app/queries";
import { ToastProvider } from "@/design/Toast";
import { TooltipProvider } from "@/design/Tooltip";
import { routes } from "@/routes";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no element with the id “root”");

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <TooltipProvider>
        <ToastProvider>
          <RouterProvider router={createBrowserRouter(routes)} />
        </ToastProvider>
      </TooltipProvider>
    </QueryClientProvider>
  </StrictMode>,
);
