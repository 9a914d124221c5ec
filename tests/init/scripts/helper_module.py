"""The parser is in a module beside it, which is used by others as well."""

from helper_arguments import get_parser

if __name__ == "__main__":
    parser = get_parser()
    parser.add_argument("--tau", type=float, default=0.005)  #: tau real 0.005
    options = (
        parser.parse_args()
    )  #: gamma real 0.99  #: buffer_size integer 100000  #: env_id text CartPole-v1
    print(f"global_step=100, episodic_return={100 - abs(options.tau - 0.01) * 100}")
