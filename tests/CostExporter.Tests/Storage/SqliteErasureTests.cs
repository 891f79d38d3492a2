using System.Text;

namespace LlmTelemetry.CostExporter.Tests.Storage;

public sealed class SqliteErasureTests : ErasureTests, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-erasure-");

    private protected override string Address => "sqlite:" + Path.Combine(_folder.FullName, "spend.db");

    public void Dispose() => _folder.Delete(recursive: true);

    // The bytes of every file: what is not in them is in no page, free or not, and in no log.
    private protected override async Task<string> DumpAsync()
    {
        var text = new StringBuilder();
        foreach (var file in _folder.GetFiles("spend.db*").Where(file => !file.Name.EndsWith("-shm", StringComparison.Ordinal)).OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            await using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            text.Append(await reader.ReadToEndAsync(Stop));
        }

        // The header counts what was written, also when it was nothing.
        return text.Length > 100 ? text.ToString(100, text.Length - 100) : text.ToString();
    }
}
