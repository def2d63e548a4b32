"""What a split depends on."""


def split_config(wildcards):
    split = CONFIG.splits[wildcards.split]
    lists = [
        Path(file) for file in (split.files or {}).values() if Path(file).is_file()
    ]
    return stage_config(split=split, lists=[file.read_text() for file in lists])
