"""What features depend on."""


def extract_code(wildcards):
    kind = CONFIG.features[wildcards.features].kind
    return code_version("scripts/extract.py", f"resound/features/{kind}.py")


def extract_config(wildcards):
    return stage_config(configuration=CONFIG.feature_configuration(wildcards.features))


def shards_of(wildcards, array):
    """The files of an array of features, `matrix` or `offsets`, by shard."""
    folder = f"results/features/{wildcards.corpus}/{wildcards.features}"
    shards = CONFIG.corpora[wildcards.corpus].shards
    return [f"{folder}/{n}-of-{shards}.{array}.npy" for n in range(1, shards + 1)]


def tokenise_input(wildcards):
    """The index and, for tokens, the model whose tokenizer cuts them."""
    needed = {"index": f"results/corpora/{wildcards.corpus}.csv"}
    pretrained = CONFIG.pretrained_of(wildcards.features)
    return needed | ({"source": source_of_model(pretrained)} if pretrained else {})


def tokenise_code(wildcards):
    kind = CONFIG.features[wildcards.features].kind
    return code_version("scripts/tokenize.py", f"resound/features/{kind}.py")


def encode_input(wildcards):
    """The features that an encoder is given, and where it lies."""
    configuration = CONFIG.features[wildcards.features]
    given = f"results/features/{wildcards.corpus}/{configuration.of}"
    return {
        "source": source_of_model(configuration.pretrained),
        "matrix": f"{given}/matrix.npy",
        "offsets": f"{given}/offsets.npy",
    }


def align_config(wildcards):
    configuration = CONFIG.features[wildcards.features]
    alignment = CONFIG.corpora[wildcards.corpus].alignment
    return stage_config(alignment=alignment, hop_s=configuration.hop / configuration.rate_hz)
