"""The folder that a run works in: templates that are filled in, files beside them, what is kept of it."""

from bbopt.target.run_folder.file_template import DOLLAR_BRACES, Delimiters, FileTemplate, read_file_template
from bbopt.target.run_folder.folder_plan import FolderPlan, plan_folders
from bbopt.target.run_folder.number_format import NumberFormat, parse_number_format

__all__ = [
    "DOLLAR_BRACES",
    "Delimiters",
    "FileTemplate",
    "FolderPlan",
    "NumberFormat",
    "parse_number_format",
    "plan_folders",
    "read_file_template",
]
