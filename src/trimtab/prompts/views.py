"""Prompts and versions as the API shows and takes them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from trimtab.prompts.diff import Change, Diff, Op
from trimtab.prompts.prompt import Detail, Live, Prompt
from trimtab.prompts.variable import Variable, VariableType
from trimtab.prompts.version import (
    Author,
    Content,
    Kind,
    Message,
    Version,
    default_to_json,
    variables_to_json,
)


class AuthorView(BaseModel):
    """Who wrote or moved something."""

    kind: str
    id: str
    name: str

    @classmethod
    def of(cls, author: Author) -> "AuthorView":
        """Show an author."""
        return cls(kind=author.kind, id=author.id, name=author.name)


class LiveView(BaseModel):
    """What serves in one environment."""

    environment: str
    version: int
    release_id: str
    model: str

    @classmethod
    def of(cls, live: Live) -> "LiveView":
        """Show what is live."""
        return cls(environment=live.environment, version=live.version, release_id=live.release_id, model=live.model)


class MessageView(BaseModel):
    """One message before rendering."""

    model_config = ConfigDict(extra="forbid")

    role: str = Field(max_length=40)
    template: str

    @classmethod
    def of(cls, message: Message) -> "MessageView":
        """Show a message."""
        return cls(role=message.role, template=message.template)


class VariableView(BaseModel):
    """One declared variable; a `default` of null is no default."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=100)
    type: VariableType = VariableType.STRING
    required: bool = True
    default: Any = None
    description: str = Field(default="", max_length=1000)

    @classmethod
    def of(cls, variable: Variable) -> "VariableView":
        """Show a variable."""
        return cls.model_validate(variables_to_json([variable])[0])

    def value(self) -> Variable:
        """Return the variable that this describes."""
        return Variable(
            name=self.name,
            type=self.type.value,
            required=self.required,
            default=default_to_json(self.default),
            description=self.description,
        )


class VersionView(BaseModel):
    """One version; `warnings` is filled in the answer to the one who wrote it."""

    prompt_id: str
    number: int
    kind: Kind
    messages: list[MessageView]
    variables: list[VariableView]
    content_hash: str
    author: AuthorView
    message: str
    created_at: datetime
    warnings: list[str] = []

    @classmethod
    def of(cls, version: Version) -> "VersionView":
        """Show a version."""
        return cls(
            prompt_id=version.prompt_id,
            number=version.number,
            kind=version.content.kind,
            messages=[MessageView.of(message) for message in version.content.messages],
            variables=[VariableView.of(variable) for variable in version.content.variables],
            content_hash=version.content_hash,
            author=AuthorView.of(version.author),
            message=version.message,
            created_at=version.created_at,
        )


class PromptView(BaseModel):
    """A prompt and where which version of it is live."""

    id: str
    name: str
    kind: Kind
    description: str
    latest_version: int
    created_at: datetime
    updated_at: datetime
    live: list[LiveView]

    @classmethod
    def of(cls, prompt: Prompt, live: list[Live]) -> "PromptView":
        """Show a prompt."""
        return cls(
            id=prompt.id,
            name=prompt.name,
            kind=prompt.kind,
            description=prompt.description,
            latest_version=prompt.latest_version,
            created_at=prompt.created_at,
            updated_at=prompt.updated_at,
            live=[LiveView.of(each) for each in live],
        )


class PromptDetail(PromptView):
    """A prompt with its newest version."""

    version: VersionView

    @classmethod
    def of_detail(cls, detail: Detail) -> "PromptDetail":
        """Show a prompt with its newest version."""
        shown = PromptView.of(detail.prompt, detail.live)
        return cls(**shown.model_dump(), version=VersionView.of(detail.newest))


class PromptPage(BaseModel):
    """Some prompts."""

    items: list[PromptView]
    next: str | None


class VersionPage(BaseModel):
    """Some versions."""

    items: list[VersionView]
    next: str | None


class Draft(BaseModel):
    """What a version will say."""

    model_config = ConfigDict(extra="forbid")

    messages: list[MessageView] = Field(min_length=1, max_length=200)
    variables: list[VariableView] = Field(default=[], max_length=200)
    message: str = ""

    def content(self, kind: Kind) -> Content:
        """Return the content that this describes."""
        return Content(
            kind=kind,
            messages=tuple(Message(role=each.role, template=each.template) for each in self.messages),
            variables=tuple(each.value() for each in self.variables),
        )


class PromptChange(BaseModel):
    """What of a prompt can be changed."""

    model_config = ConfigDict(extra="forbid")

    description: str


class NewPrompt(BaseModel):
    """A prompt to make, with its first version."""

    model_config = ConfigDict(extra="forbid")

    name: str
    kind: Kind = Kind.CHAT
    description: str = ""
    version: Draft


class NewVersion(Draft):
    """A version to add. `base_version` is the newest that the writer has seen; without it, any may be newest."""

    base_version: int | None = None


class Preview(BaseModel):
    """Messages, kept or not, and the values to render them with."""

    model_config = ConfigDict(extra="forbid")

    messages: list[MessageView] = Field(min_length=1, max_length=200)
    variables: list[VariableView] = Field(default=[], max_length=200)
    values: dict[str, Any] = {}

    def content(self) -> Content:
        """Return the content to render."""
        return Draft(messages=self.messages, variables=self.variables).content(Kind.CHAT)


class RenderedMessage(BaseModel):
    """One message in OpenAI's shape."""

    role: str
    content: str


class Rendered(BaseModel):
    """What the messages render to, and what is odd about them."""

    messages: list[RenderedMessage]
    warnings: list[str]


class WordView(BaseModel):
    """A piece of a line."""

    op: Op
    text: str


class LineView(BaseModel):
    """One line; an edited one comes twice, removed and then added."""

    op: Op
    text: str
    words: list[WordView]


class MessageDiffView(BaseModel):
    """One message of either version, or of both."""

    index: int
    role_from: str | None
    role_to: str | None
    change: Change
    lines: list[LineView]


class VariableDiffView(BaseModel):
    """One variable that was added, removed or changed."""

    name: str
    change: Change
    before: VariableView | None
    after: VariableView | None


class DiffView(BaseModel):
    """What leads from one version to the other."""

    before: int = Field(serialization_alias="from")
    after: int = Field(serialization_alias="to")
    messages: list[MessageDiffView]
    variables: list[VariableDiffView]

    @classmethod
    def of(cls, before: int, after: int, diff: Diff) -> "DiffView":
        """Show a comparison."""
        messages = [
            MessageDiffView(
                index=message.index,
                role_from=message.role_from,
                role_to=message.role_to,
                change=message.change,
                lines=[
                    LineView(
                        op=line.op, text=line.text, words=[WordView(op=word.op, text=word.text) for word in line.words]
                    )
                    for line in message.lines
                ],
            )
            for message in diff.messages
        ]
        variables = [
            VariableDiffView(
                name=each.name,
                change=each.change,
                before=None if each.before is None else VariableView.of(each.before),
                after=None if each.after is None else VariableView.of(each.after),
            )
            for each in diff.variables
        ]
        return cls(before=before, after=after, messages=messages, variables=variables)
