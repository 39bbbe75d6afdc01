"""A visitor without a browser: says and hears what a browser does, over Streamlit's own websocket.

It draws nothing, so that many of them cost little and what is measured is the server.
"""

from __future__ import annotations

import hashlib
import json
import struct
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

PLAYER, GALLERY = "integrated_gradients_player", "image_gallery"
TRIGGER = "$$STREAMLIT_INTERNAL_KEY_{}__events"
XSRF = "_streamlit_xsrf"
Heard = Callable[[str], None]
TIMEOUT = 300  # seconds of silence after which the server counts as lost


@dataclass
class Answer:
    """What came back for one request.

    explained: seconds until the player's payload came; None where none did. key: of the
    explanation in it. texts: what the progress bar said. problems: errors and refusals on the page.
    """

    explained: float | None = None
    key: str | None = None
    texts: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def computed(self) -> bool:
        """Whether the visitor had to wait: what is at hand comes without a progress bar."""
        return bool(self.texts)


class Visitor:
    """One session. Use it in a `with`; leaving it closes the connection as closing a tab does."""

    def __init__(self, url: str, page: str = "") -> None:
        self.url, self.session, self._page = url, "", page
        self.begun = 0.0  # when the newest run of the page began, by time.monotonic()
        self._stack = ExitStack()
        self._widgets: dict[str, str] = {}  # by label, or by a component's name
        self._payloads: dict[str, str] = {}  # hash of the message -> key of its explanation
        self._kept: list[str] = []  # hashes of large messages, which are not sent again
        self._socket = self._stack.enter_context(
            connect(
                url.replace("http", "ws", 1) + "/_stcore/stream",
                subprotocols=["streamlit"],
                max_size=None,
                ping_interval=None,  # browsers do not ping
                open_timeout=TIMEOUT,
            )
        )

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Close the tab."""
        self._stack.close()

    @property
    def address(self) -> dict[str, str]:
        """The query of the page's address, as it is now."""
        return dict(parse_qsl(self._query))

    def open(self, heard: Heard | None = None, **query: str) -> Answer:
        """Open the page at an address. heard: told each text of the progress bar."""
        self._query = urlencode(query)
        return self._run([], heard)

    def select(self, label: str, option: str) -> Answer:
        """Choose an option, as it reads on screen, of a select box."""
        return self._run([WidgetState(id=self._widgets[label], string_value=option)])

    def pick(self, image_id: str) -> Answer:
        """Pick an image in the gallery."""
        picked = json.dumps([{"event": "picked", "value": image_id}])
        gallery = self._widgets[GALLERY]
        event = WidgetState(id=TRIGGER.format(gallery), json_trigger_value=picked)
        return self._run([WidgetState(id=gallery, json_value="{}"), event])

    def choose(self, label: str, option: str, heard: Heard | None = None) -> Answer:
        """As `select`, told each text of the progress bar that this brings."""
        return self._run([WidgetState(id=self._widgets[label], string_value=option)], heard)

    def press(self, label: str, heard: Heard | None = None) -> Answer:
        """Press the button whose label begins so."""
        return self._run([self._pressed(label)], heard)

    def interrupt(self, label: str) -> None:
        """Press it while the page runs, from what hears the progress: the answer is that run's."""
        self._ask([self._pressed(label)])

    def _pressed(self, label: str) -> WidgetState:
        (button,) = {i for text, i in self._widgets.items() if text.startswith(label)}
        return WidgetState(id=button, trigger_value=True)

    def upload(self, file: Path) -> Answer:
        """Upload one's own image, which the page then explains."""
        ask = BackMsg()
        ask.file_urls_request.request_id = "upload"
        ask.file_urls_request.file_names.append(file.name)
        ask.file_urls_request.session_id = self.session
        self._socket.send(ask.SerializeToString())
        while (message := self._hear()).WhichOneof("type") != "file_urls_response":
            pass
        (urls,) = message.file_urls_response.file_urls
        with requests.Session() as http:
            http.get(f"{self.url}/_stcore/health", timeout=TIMEOUT)
            token = http.cookies.get(XSRF, "")
            sent = http.put(
                self.url + "/" + urls.upload_url.lstrip("/"),
                files={"file": (file.name, file.read_bytes())},
                headers={"X-Xsrftoken": token},
                timeout=TIMEOUT,
            )
        sent.raise_for_status()
        state = WidgetState(id=self._widgets["Your own images"])
        info = state.file_uploader_state_value.uploaded_file_info.add()
        info.name, info.size, info.file_id = file.name, file.stat().st_size, urls.file_id
        info.file_urls.CopyFrom(urls)
        return self._run([state])

    def _run(self, states: list[WidgetState], heard: Heard | None = None) -> Answer:
        answer, started = Answer(), time.perf_counter()
        self._ask(states)
        while True:
            message = self._hear()
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session = message.new_session.initialize.session_id
                self.begun = time.monotonic()
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "script_finished" and message.script_finished in (0, 3):
                return answer
            elif kind == "script_finished" and message.script_finished == 1:
                answer.problems.append("the script did not compile")
                return answer
            key = self._explanation(message)
            if key is not None:
                answer.key, answer.explained = key, time.perf_counter() - started
            if kind == "delta":
                _read(message.delta, answer, self._widgets, heard)

    def _ask(self, states: list[WidgetState]) -> None:
        """Have the page run with what these widgets say."""
        ask = BackMsg()
        ask.rerun_script.query_string = self._query
        ask.rerun_script.page_name = self._page
        ask.rerun_script.widget_states.widgets.extend(states)
        ask.rerun_script.cached_message_hashes.extend(self._kept)
        self._socket.send(ask.SerializeToString())

    def _hear(self) -> ForwardMsg:
        message = ForwardMsg()
        message.ParseFromString(self._socket.recv(timeout=TIMEOUT))
        return message

    def _explanation(self, message: ForwardMsg) -> str | None:
        """The key of the explanation that the message brings, or stands for."""
        if message.WhichOneof("type") == "ref_hash":
            return self._payloads.get(message.ref_hash)
        if message.metadata.cacheable:
            self._kept.append(message.hash)
        component = message.delta.new_element.bidi_component
        if not component.component_name.endswith(PLAYER):
            return None
        self._payloads[message.hash] = key = _key(component.bytes)
        return key


def _key(payload: bytes) -> str:
    """A name for the explanation in a message: of its own bytes, without the look in front."""
    (length,) = struct.unpack_from("<I", payload)
    return hashlib.sha256(payload[4 + length :]).hexdigest()[:16]


def _read(delta: Delta, answer: Answer, widgets: dict[str, str], heard: Heard | None) -> None:
    """Note what an element says and, of a widget, how to use it."""
    kind = delta.new_element.WhichOneof("type")
    if kind is None:
        return
    element = getattr(delta.new_element, kind)
    if kind == "progress":
        answer.texts.append(element.text)
        if heard is not None:
            heard(element.text)
    elif kind == "exception":
        answer.problems.append(f"{element.type}: {element.message}")
    elif kind == "alert":
        answer.problems.append(element.body)
    elif kind == "bidi_component":
        widgets[element.component_name.split(".")[-1]] = element.id
    elif kind in ("selectbox", "number_input", "file_uploader", "button"):
        widgets[element.label] = element.id
