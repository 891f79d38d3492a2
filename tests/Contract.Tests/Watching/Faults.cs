namespace LlmTelemetry.Contract.Tests.Watching;

/// <summary>Says all that is wrong, in full.</summary>
internal static class Faults
{
    public static void None(IEnumerable<string> faults)
    {
        string[] all = [.. faults];
        Assert.True(all.Length == 0, string.Join('\n', all));
    }
}
