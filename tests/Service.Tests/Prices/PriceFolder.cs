namespace LlmTelemetry.Service.Tests;

/// <summary>A folder of price files that is gone after the test.</summary>
internal sealed class PriceFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-test-");

    public string FullName => _folder.FullName;

    public IEnumerable<string> Files => _folder.EnumerateFiles().Select(f => f.Name).Order();

    public static string Feed(string name) => Path.Combine(AppContext.BaseDirectory, "Data", $"feed-{name}.json");

    /// <summary>A price file with these models of the provider <c>acme</c>, one a line; the first is on line 10.</summary>
    public string Write(string name, params string[] models) => WriteText(name, $$"""
        {
          "schema": 1,
          "date": "2026-11-22",
          "currency": "USD",
          "source": "made up",
          "providers": [
            {
              "id": "acme",
              "models": [
                {{string.Join(",\n        ", models)}}
              ]
            }
          ]
        }
        """);

    public string WriteText(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
