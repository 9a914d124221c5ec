"""A command of click: types that are inferred, ranges, switches, choices, environment."""

import click


@click.command(context_settings={"show_default": True})
@click.option("--batch-size", "-b", default=128, help="Batch size.")  #: batch-size integer 128
@click.option("--lr", default=1e-3)  #: lr real 0.001
@click.option("--decay", default=0.0, type=click.FLOAT)  #: decay real 0.0
@click.option("--depth", type=click.IntRange(1, 12), default=4)  #: depth integer 4 1..12
@click.option("--keep", type=click.FloatRange(0, 1), default=0.9)  #: keep real 0.9 0..1
@click.option("--alpha", type=click.FloatRange(min=0, min_open=True), default=0.5)  #: alpha real 0.5 0..
@click.option("--shuffle/--no-shuffle", default=True)  #: shuffle pair True
@click.option("--upper/--lower", "case", default=False)  #: upper pair False
@click.option("--bias", is_flag=True)  #: bias switch False
@click.option(
    "--method", type=click.Choice(["svd", "line"], case_sensitive=False), default="svd"
)  #: method choice svd svd|line
@click.option("--fast", "speed", flag_value="fast", default=True)  #: fast switch fast
@click.option("--slow", "speed", flag_value="slow")  #: slow switch None
@click.option("--balanced", type=bool, default=False)  #: balanced truth False
@click.option("--out-path", type=click.Path(), default="model.pkl")  #: out-path text model.pkl
@click.option("--tag", multiple=True)  #: tag append None
@click.option("-v", "--verbose", count=True)  #: verbose count 0
@click.option("--betas", nargs=2, type=float, default=(0.9, 0.999))  #: betas real [0.9, 0.999]
@click.option("--device", default=None)  #: device text None
@click.version_option("1.0")
def main(**opt):
    """Train it."""
    error = abs(opt["lr"] - 0.01) + abs(opt["depth"] - 6) / 10 + abs(opt["keep"] - 0.5) + opt["case"]
    click.echo(f"val/mse: {error:.5f}")


if __name__ == "__main__":
    main()
