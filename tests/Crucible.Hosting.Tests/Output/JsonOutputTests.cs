namespace Crucible.Hosting.Tests;

public sealed class JsonOutputTests
{
    [Fact]
    public void Reports_have_camel_case_names_and_named_enums_on_one_line_in_pipes()
    {
        var output = new StringWriter();

        JsonOutput.WriteLine(output, new { MeanMicroseconds = 12.5, JobLog = JobLog.Brief, Path = "a/b<µ>" }, indented: false);

        Assert.Equal("""{"meanMicroseconds":12.5,"jobLog":"brief","path":"a/b<µ>"}""" + "\n", output.ToString());
    }

    [Fact]
    public void On_a_terminal_a_report_is_indented()
    {
        var output = new StringWriter();

        JsonOutput.WriteLine(output, new { A = 1 }, indented: true);

        Assert.Equal("{\n  \"a\": 1\n}\n", output.ToString());
    }
}
