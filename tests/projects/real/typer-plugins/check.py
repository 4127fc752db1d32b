import sys

from frozen import holds, run, same

program = sys.argv[1]
same(run(program, "styles").stdout, "plain from greeter 0.1.0\nshout from greeter-shout 1.5.0")
same(run(program, "greet", "Ada").stdout, "Hello, Ada")
same(run(program, "greet", "Ada", "--style", "shout").stdout, "HELLO, ADA!")
holds(run(program, "greet", "--help").stdout, "Greet somebody.", "--style")
holds(run(program, "greet", code=2).stderr, "Missing argument")
