using System.Text.RegularExpressions;

namespace LlmTelemetry.Service;

/// <summary>What models can stand in for each other, as far as their names tell.</summary>
/// <param name="Family">How the name begins: <c>claude</c>, <c>gpt</c>.</param>
/// <param name="Purpose">What else it is for than text: <c>audio</c>; empty: nothing.</param>
internal sealed partial record ModelKind(string Family, string Purpose)
{
    public static ModelKind Of(string model) => new(
        new string([.. model.TakeWhile(char.IsAsciiLetter)]),
        string.Join(',', Purposes().Matches(model).Select(match => match.Value).Distinct().Order(StringComparer.Ordinal)));

    [GeneratedRegex("audio|tts|speech|realtime|live|image|vision|video|embed(ding)?|transcri(be|pt)|search|research|moderation|guard|instruct|code[rx]?|computer|rerank|ocr|math", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Purposes();
}
