"""Options of click that a function adds, called by main(standalone_mode=False)."""

import click


def shared(function):
    for option in (
        click.option("--rate", type=float, default=0.3, help="a share"),
        click.option("--trees", default=200, type=click.IntRange(min=1)),
    ):
        function = option(function)
    return function


@click.command()
@shared
@click.option("--kind", type=click.Choice(["a", "b"]), default=None)
@click.argument("table", default="table.csv")
def main(rate, trees, kind, table):
    #: rate real 0.3  #: trees integer 200 1..  #: kind choice None a|b  #: table text table.csv
    print(f"valid rmse {rate * 100 / trees:.4f}")


if __name__ == "__main__":
    main(standalone_mode=False)
