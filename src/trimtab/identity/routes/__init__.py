"""The REST routes of the identity room, one file for each noun."""

from fastapi import APIRouter

from trimtab.identity.routes import audit, auth, keys, members, organisations, projects

router = APIRouter()
for _part in (auth, organisations, members, projects, keys, audit):
    router.include_router(_part.router)
