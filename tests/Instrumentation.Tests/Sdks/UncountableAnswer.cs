namespace Google.Made.Up;

/// <summary>An answer whose counts are no numbers.</summary>
internal sealed class UncountableAnswer
{
    public Counts UsageMetadata { get; } = new();

    internal sealed class Counts
    {
        public Detail[] PromptTokensDetails { get; } = [new()];
    }

    internal sealed class Detail
    {
        public string Modality { get; } = "AUDIO";

        public string TokenCount { get; } = "many";
    }
}
