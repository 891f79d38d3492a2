namespace LlmTelemetry.CostExporter;

/// <summary>What metrics of other libraries count tokens of: input and output with all that is in them, and parts of the two.</summary>
internal enum TokenPart
{
    Input,
    CacheRead,
    CacheWrite,
    InputAudio,
    CacheAudioRead,
    InputImage,
    CacheImageRead,
    Output,
    Reasoning,
    OutputAudio,
    OutputImage,
}
