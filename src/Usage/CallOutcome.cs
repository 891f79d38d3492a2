namespace LlmTelemetry.Usage;

/// <summary>How a call ended.</summary>
public enum CallOutcome : byte
{
    /// <summary>The whole answer arrived.</summary>
    Completed = 0,

    /// <summary>The provider or the way to it failed.</summary>
    Failed = 1,

    /// <summary>The caller's token was cancelled.</summary>
    Cancelled = 2,

    /// <summary>The caller left the stream before its end.</summary>
    Abandoned = 3,
}
