' What people do with a template in LibreOffice Calc, done by its own commands. The first argument is the workbook,
' the second the file to save as; then the kind of file, a second workbook to copy from, and the deeds with + between.
Dim doc As Object, sheet As Object, desk As Object

Sub Main(source As String, target As String, kind As String, other As String, deeds As String)
  doc = StarDesktop.loadComponentFromURL(source, "_blank", 0, Array(Named("Hidden", True)))
  desk = createUnoService("com.sun.star.frame.DispatchHelper")
  sheet = doc.Sheets.getByName("Meetings")
  doc.CurrentController.setActiveSheet(sheet)
  For Each deed In Split(deeds, "+")
    Select Case deed
      Case "sort": SortByStart
      Case "insert": InsertRow
      Case "delete": DeleteRow
      Case "filter": HideBerlin
      Case "paste": PasteFrom other
    End Select
  Next
  doc.storeToURL(target, Array(Named("FilterName", kind)))
  doc.close(True)
End Sub

Function Named(name As String, value)
  Dim one As New com.sun.star.beans.PropertyValue
  one.Name = name
  one.Value = value
  Named = one
End Function

Function Bottom() As Long
  cursor = sheet.createCursor()
  cursor.gotoEndOfUsedArea(False)
  Bottom = cursor.RangeAddress.EndRow
End Function

Sub SortByStart
  Dim by(0) As New com.sun.star.table.TableSortField
  by(0).Field = 2
  by(0).IsAscending = True
  sheet.getCellRangeByPosition(0, 0, 15, Bottom()).sort(Array(Named("ContainsHeader", True), Named("SortFields", by())))
End Sub

Sub InsertRow
  sheet.Rows.insertByIndex(3, 1)
  typed = Array("00456", "Typed in", "2031-03-11 09:00", "", "45", "Europe/Rome", "ana@contoso.example", "cy@contoso.example")
  For column = 0 To 7
    EnterText column, 3, typed(column)
  Next
End Sub

Sub EnterText(column, row, words)
  If words <> "" Then
    doc.CurrentController.select(sheet.getCellByPosition(column, row))
    desk.executeDispatch(doc.CurrentController.Frame, ".uno:EnterString", "", 0, Array(Named("StringName", words)))
  End If
End Sub

Sub DeleteRow
  For row = Bottom() To 1 Step -1
    If sheet.getCellByPosition(0, row).String = "GONE" Then sheet.Rows.removeByIndex(row, 1)
  Next
End Sub

Sub HideBerlin
  Dim wanted(0) As New com.sun.star.sheet.TableFilterField
  wanted(0).Field = 5
  wanted(0).Operator = com.sun.star.sheet.FilterOperator.NOT_EQUAL
  wanted(0).StringValue = "Europe/Berlin"
  area = sheet.getCellRangeByPosition(0, 0, 15, Bottom())
  by = area.createFilterDescriptor(True)
  by.ContainsHeader = True
  by.setFilterFields(wanted())
  area.filter(by)
End Sub

Sub PasteFrom(other As String)
  book = StarDesktop.loadComponentFromURL(other, "_blank", 0, Array(Named("Hidden", True)))
  from = book.Sheets.getByIndex(0)
  cursor = from.createCursor()
  cursor.gotoEndOfUsedArea(False)
  last = cursor.RangeAddress
  book.CurrentController.select(from.getCellRangeByPosition(0, 1, last.EndColumn, last.EndRow))
  desk.executeDispatch(book.CurrentController.Frame, ".uno:Copy", "", 0, Array())
  row = 1
  Do While sheet.getCellByPosition(0, row).String <> ""
    row = row + 1
  Loop
  doc.CurrentController.select(sheet.getCellByPosition(0, row))
  desk.executeDispatch(doc.CurrentController.Frame, ".uno:Paste", "", 0, Array())
  book.close(True)
End Sub
