using System.Text;

namespace LlmTelemetry.Usage.Tests;

/// <summary>Price files of one provider, <c>acme</c>, with the models given.</summary>
internal static class PriceFileText
{
    public static string Provider(string models, string more = "") =>
        $$"""{"id": "acme", "name": "Acme", "sources": ["https://acme.example/prices"], {{more}}"models": [{{models}}]}""";

    public static string File(string providers) =>
        $$"""{"schema": 1, "date": "2026-11-22", "currency": "USD", "source": "made up", "providers": [{{providers}}]}""";

    public static PriceBook Parse(string file) => PriceBook.Parse(Encoding.UTF8.GetBytes(file));

    public static PriceList List(string models) => PriceFile.Read(Encoding.UTF8.GetBytes(File(Provider(models)))).List;

    public static PriceBook Book(string models) => Parse(File(Provider(models)));
}
