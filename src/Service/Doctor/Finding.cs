namespace LlmTelemetry.Service;

/// <summary>How one check went.</summary>
internal enum FindingStatus
{
    Ok,
    Warn,
    Fail,
}

/// <summary>What one check found.</summary>
/// <param name="Check">What was checked, in a word.</param>
/// <param name="Status">How it went.</param>
/// <param name="Text">What was found, and unless it is fine what to do.</param>
internal sealed record Finding(string Check, FindingStatus Status, string Text)
{
    public static Finding Ok(string check, string text) => new(check, FindingStatus.Ok, text);

    public static Finding Warn(string check, string text) => new(check, FindingStatus.Warn, text);

    public static Finding Fail(string check, string text) => new(check, FindingStatus.Fail, text);
}
