"""A chain of LangChain: a prompt, a model of OpenAI, a parser."""

from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI


def ask_in_a_chain(url: str) -> None:
    """Ask a model of OpenAI through LangChain."""
    prompt = ChatPromptTemplate.from_messages([("user", "Where is {city}?")])
    model = ChatOpenAI(model="gpt-4o", base_url=f"{url}/v1", api_key="none")
    (prompt | model | StrOutputParser()).invoke({"city": "Oslo"})
