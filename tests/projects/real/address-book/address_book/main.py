"""Keeps an address book in the PostgreSQL database whose URL is given."""

import sys

from sqlalchemy import JSON, ForeignKey, create_engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Person(Base):
    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    tags: Mapped[list] = mapped_column(JSON)
    addresses: Mapped[list["Address"]] = relationship(back_populates="person")


class Address(Base):
    __tablename__ = "address"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship(back_populates="addresses")


def main():
    engine = create_engine(sys.argv[1])
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Person(name="Ada", tags=["first"], addresses=[Address(email="ada@example.org")]))
        session.commit()
        row = session.execute(select(Person.name, Address.email, Person.tags).join(Address)).one()
        print(*row)
        session.add(Person(name="Ada", tags=[]))
        try:
            session.commit()
        except IntegrityError as error:
            print(type(error.orig).__name__)
    print(engine.dialect.name, engine.dialect.driver)
