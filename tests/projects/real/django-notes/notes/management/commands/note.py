from django.core.management.base import BaseCommand

from notes.models import Note


class Command(BaseCommand):
    help = "Writes a note."

    def add_arguments(self, parser):
        parser.add_argument("text")

    def handle(self, text, **options):
        self.stdout.write(f"note {Note.objects.create(text=text).id}")
