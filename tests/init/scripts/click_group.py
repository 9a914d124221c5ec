# init: -- --quiet train data.csv
"""A group of click, with a command that a decorator of the group has made."""

import click


@click.group()
@click.option("--quiet", is_flag=True)
@click.option("--sharpness", default=1.0)  #: sharpness real 1.0
@click.pass_context
def cli(ctx, quiet, sharpness):
    ctx.obj = sharpness


@cli.command("train")
@click.argument("path")
@click.option("--lr", type=float, required=True)  #: lr real None
@click.option("--epochs", "-e", default=5, show_default=True)  #: epochs integer 5
@click.option("--optim", type=click.Choice(["adam", "sgd"]), required=True)  #: optim choice None adam|sgd
@click.pass_obj
def train(sharpness, path, lr, epochs, optim):
    print("f1:", 1 - abs(lr - 0.1) - (optim == "sgd") / 10 - abs(sharpness - 2) / 10)


@cli.command()
@click.option("--port", default=80)
def serve(port):
    print(port)


cli()
