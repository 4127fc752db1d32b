"""What PyInstaller.utils.hooks.django asks Django for: read from the constants of the project's settings."""
import os
import re

from . import helpers, modules
from .rpc import ask
from .unknown import Unknown, known


def find_root_dir():
    """The folder of the first package of the application that has `settings` and `urls`."""
    for package, folder in ask("application_packages"):
        if all(helpers.find(f"{package}.{name}") for name in ("settings", "urls")):
            ask("materialise", path=folder)
            module = _settings_module(package)
            modules.EVERY_BRANCH.add(module)
            os.environ["DJANGO_SETTINGS_MODULE"] = module
            return folder
    return None


def _settings_module(package):
    """What the project's own starters say, as `django-admin startproject` writes them."""
    for name in ("manage", f"{package}.__main__", f"{package}.wsgi", f"{package}.asgi"):
        found = re.search(rb"""DJANGO_SETTINGS_MODULE["']\s*[,\]=]+\s*["']([\w.]+)["']""", helpers.source(name) or b"")
        if found and helpers.find(found[1].decode()):
            return found[1].decode()
    return f"{package}.settings"


def _app(entry):
    """The package of an application: itself, or that of `package.apps.Config`."""
    return entry if helpers.find(entry) else entry.rpartition(".")[0].removesuffix(".apps")


def setting(module, name, default=()):
    try:
        return modules.attribute(module, name)
    except AttributeError:
        return default


def classes(module, name):
    """The modules of a setting that lists classes, those that are no constants left out: Django imports them by name."""
    value = setting(module, name)
    if isinstance(value, Unknown) or value is None:
        return []
    return [entry.rpartition(".")[0] for entry in value if isinstance(entry, str)]


def settings_imports(root_dir):
    module = os.environ.get("DJANGO_SETTINGS_MODULE", f"{os.path.basename(root_dir)}.settings")
    apps = setting(module, "INSTALLED_APPS")
    if isinstance(apps, Unknown):
        known(apps)
    apps = [_app(app) for app in apps if isinstance(app, str) and helpers.find(app.split(".")[0])]
    # The hook asks again, for the apps' migrations.
    modules.ATTRIBUTES[module, "INSTALLED_APPS"] = lambda: apps
    imports = [*apps, *(f"{app}.apps" for app in apps)]
    for name in ("MIDDLEWARE", "AUTHENTICATION_BACKENDS", "FILE_UPLOAD_HANDLERS", "PASSWORD_HASHERS"):
        imports += classes(module, name)
    urls = setting(module, "ROOT_URLCONF", None)
    imports += [urls] if isinstance(urls, str) else []
    templates = setting(module, "TEMPLATES")
    for template in [] if isinstance(templates, Unknown) else templates:
        imports += _template(template)
    databases = setting(module, "DATABASES", {})
    for database in [] if isinstance(databases, Unknown) else databases.values():
        engine = database.get("ENGINE") if isinstance(database, dict) else None
        imports += [engine] if isinstance(engine, str) else []
    for app in apps:
        imports += [f"{app}.context_processors", *helpers.collect_submodules(f"{app}.templatetags")]
    return sorted({name for name in imports if name and helpers.find(name)})


def _template(template):
    if not isinstance(template, dict):
        return []
    options = template.get("OPTIONS")
    processors = options.get("context_processors", []) if isinstance(options, dict) else []
    names = [template.get("BACKEND"), *(processors if isinstance(processors, list) else [])]
    return [name.rpartition(".")[0] for name in names if isinstance(name, str)]


def install():
    from PyInstaller.utils.hooks import django

    django.django_find_root_dir = find_root_dir
