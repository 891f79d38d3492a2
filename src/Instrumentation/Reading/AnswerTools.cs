using System.Collections;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// Tools that OpenAI ran for an answer of its Responses API and charges for beside the tokens, from the objects of its SDK: no count of them
/// is in the usage.
/// </summary>
internal static class AnswerTools
{
    private const string Sdk = "OpenAI.Responses";

    /// <param name="raw">An answer, or the last update of its stream.</param>
    /// <param name="report">Counts that it has already stay as they are.</param>
    public static void Read(object? raw, ref UsageTally report)
    {
        if (raw is null || !SdkObject.IsFrom(raw, Sdk) || (SdkObject.Get(raw, "OutputItems") ?? SdkObject.Get(SdkObject.Get(raw, "Response"), "OutputItems")) is not IEnumerable items)
        {
            return;
        }

        long searches = 0, files = 0;
        HashSet<string>? containers = null;
        foreach (var item in items)
        {
            switch (item?.GetType().Name)
            {
                case "WebSearchCallResponseItem" when IsSearch(item):
                    searches++;
                    break;
                case "FileSearchCallResponseItem":
                    files++;
                    break;
                case "CodeInterpreterCallResponseItem":
                    (containers ??= []).Add(SdkObject.Get(item, "ContainerId") as string ?? "");
                    break;
            }
        }

        report[UsageCount.WebSearch] ??= Some(searches);
        report[UsageCount.FileSearch] ??= Some(files);
        report[UsageCount.CodeExecution] ??= containers?.Count;
    }

    // To open a page, or to look for something on it, is free.
    private static bool IsSearch(object item) =>
        SdkObject.Get(SdkObject.Get(item, "Action"), "Kind")?.ToString() is not { } kind || kind.Equals("search", StringComparison.OrdinalIgnoreCase);

    private static long? Some(long count) => count > 0 ? count : null;
}
