"""A service that keeps a list of items in memory."""

import sys

import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI(title="Items")
items: dict[str, "Item"] = {}


class Item(BaseModel):
    name: str
    price: float = Field(gt=0)


@app.post("/items", status_code=201)
async def add(item: Item) -> Item:
    items[item.name] = item
    return item


@app.get("/items/{name}")
def get(name: str) -> Item:
    if name not in items:
        raise HTTPException(404, f"no item {name}")
    return items[name]


def main():
    uvicorn.run("fastapi_service.main:app", host="127.0.0.1", port=int(sys.argv[1]))
