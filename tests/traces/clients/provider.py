"""A fake provider that speaks OpenAI's and Anthropic's APIs: one fixed answer each, with cached tokens in its usage.

What is asked beneath `/broken` is answered 500.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWER = "In Norway."

# gpt-4o: 60 x 2.5 + 40 x 1.25 + 20 x 10 = 400
OPENAI_USD = "0.0004"
OPENAI_BUCKETS = {"input_uncached": 60, "cache_read": 40, "output_text": 20}
_OPENAI: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_800_000_000,
    "model": "gpt-4o-2024-08-06",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": ANSWER}, "finish_reason": "stop"}],
    "usage": {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "total_tokens": 120,
        "prompt_tokens_details": {"cached_tokens": 40, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    },
}

# claude-sonnet-4-5: 10 x 3 + 600 x 0.3 + 300 x 3.75 + 20 x 15 = 1635
ANTHROPIC_USD = "0.001635"
ANTHROPIC_BUCKETS = {"input_uncached": 10, "cache_read": 600, "cache_write_5m": 300, "output_text": 20}
_ANTHROPIC: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5-20250929",
    "content": [{"type": "text", "text": ANSWER}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {
        "input_tokens": 10,
        "output_tokens": 20,
        "cache_read_input_tokens": 600,
        "cache_creation_input_tokens": 300,
    },
}


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        answer = _ANTHROPIC if self.path.endswith("/messages") else _OPENAI
        is_broken = self.path.startswith("/broken/")
        body = json.dumps({"error": {"message": "out of order"}} if is_broken else answer).encode()
        self.send_response(500 if is_broken else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""


@contextmanager
def provider() -> Iterator[str]:
    """Yield the address of a provider that runs until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
